# Finds libjpeg-turbo's TurboJPEG interface and defines the imported target TurboJPEG::turbojpeg.
# Its own CMake package is not everywhere, and names programs that Debian packages apart.

find_library(TurboJPEG_LIBRARY NAMES turbojpeg)
find_path(TurboJPEG_INCLUDE_DIR NAMES turbojpeg.h)
mark_as_advanced(TurboJPEG_LIBRARY TurboJPEG_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TurboJPEG
  REQUIRED_VARS TurboJPEG_LIBRARY TurboJPEG_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian: apt-get install libturbojpeg0-dev")

if(TurboJPEG_FOUND AND NOT TARGET TurboJPEG::turbojpeg)
  add_library(TurboJPEG::turbojpeg UNKNOWN IMPORTED)
  set_target_properties(TurboJPEG::turbojpeg PROPERTIES
    IMPORTED_LOCATION ${TurboJPEG_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${TurboJPEG_INCLUDE_DIR})
endif()
