# Debian packages by CPack: libforegraph0, libforegraph-dev and foregraph-tools. scripts/packages makes
# them, of a build with BUILD_SHARED_LIBS.

find_program(DPKG_PROGRAM dpkg)
mark_as_advanced(DPKG_PROGRAM)
if(NOT DPKG_PROGRAM OR NOT BUILD_SHARED_LIBS OR NOT GZIP_PROGRAM)
  return()
endif()

set(library libforegraph${PROJECT_VERSION_MAJOR})
set(development libforegraph-dev)
set(tools foregraph-tools)
set(revision ${PROJECT_VERSION}-1)

# Debian's policy: a copyright file in each package, and the changelog compressed.
set(debian_dir ${PROJECT_BINARY_DIR}/debian)
configure_file(packaging/debian/copyright ${debian_dir}/copyright COPYONLY)
file(STRINGS CHANGELOG.md newest REGEX "^## ${PROJECT_VERSION} " LIMIT_COUNT 1)
string(REGEX MATCH "[0-9]+-[0-9]+-[0-9]+" date "${newest}")
execute_process(COMMAND date --utc --rfc-email --date "${date} 00:00" OUTPUT_VARIABLE date
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(FOREGRAPH_MAINTAINER "The Foregraph authors <foregraph@localhost>" CACHE STRING
  "Name and address of who makes the Debian packages")
foreach(component IN ITEMS runtime development tools)
  string(REPLACE runtime ${library} package ${component})
  string(REPLACE development ${development} package ${package})
  string(REGEX REPLACE "^tools$" ${tools} package ${package})
  file(CONFIGURE OUTPUT ${debian_dir}/${package}/changelog.Debian @ONLY CONTENT
"foregraph (${revision}) unstable; urgency=medium

  * Version ${PROJECT_VERSION}; what is new is in CHANGELOG.md of the sources.

 -- ${FOREGRAPH_MAINTAINER}  ${date}
")
  execute_process(COMMAND ${GZIP_PROGRAM} --force --keep --best --no-name
    ${debian_dir}/${package}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${debian_dir}/copyright ${debian_dir}/${package}/changelog.Debian.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME foregraph)
set(CPACK_PACKAGE_CONTACT "${FOREGRAPH_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # it would be put before those of the packages
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_COMPONENTS_ALL runtime development tools)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)

# What programs need at run time is asked of dpkg-shlibdeps, and what other packages of ours, by name.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
# Until 1.0 each minor version may change the symbols.
set(next_version "${PROJECT_VERSION_MAJOR}.")
math(EXPR next_minor "${PROJECT_VERSION_MINOR} + 1")
string(APPEND next_version "${next_minor}~")
set(shlibs "")
foreach(name foregraph foregraph_onnx foregraph_command_line foregraph_images)
  if(TARGET ${name})
    string(APPEND shlibs "lib${name} ${PROJECT_VERSION_MAJOR} ${library} (>= ${PROJECT_VERSION}), "
      "${library} (<< ${next_version})\n")
  endif()
endforeach()
file(CONFIGURE OUTPUT ${debian_dir}/shlibs CONTENT "${shlibs}" @ONLY)
file(CONFIGURE OUTPUT ${debian_dir}/triggers CONTENT "activate-noawait ldconfig\n" @ONLY)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${debian_dir}/shlibs ${debian_dir}/triggers)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
"neural networks with planned memory - shared libraries
Foregraph trains and runs neural networks inside of C++ programs. A static
planner computes all shapes and the peak memory of a step before anything
runs.
.
This package has the shared libraries.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${library} (= ${revision}), libxsimd-dev, xtl-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS
  "foregraph-tools, libopenblas-pthread-dev, libminizip-dev, zlib1g-dev, libpng-dev, libturbojpeg0-dev, \
libxtensor-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
"neural networks with planned memory - development files
Foregraph trains and runs neural networks inside of C++ programs. A static
planner computes all shapes and the peak memory of a step before anything
runs.
.
This package has the headers, the static libraries, which need the suggested
packages, and files for CMake and pkg-config.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "${library} (= ${revision})")
set(CPACK_DEBIAN_TOOLS_DESCRIPTION
"neural networks with planned memory - command
Foregraph trains and runs neural networks inside of C++ programs. A static
planner computes all shapes and the peak memory of a step before anything
runs.
.
This package has the command foregraph, which plans the memory of known
models and examines data before training.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/tools)

include(CPack)
