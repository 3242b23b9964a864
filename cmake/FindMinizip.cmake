# Finds minizip, which is part of zlib's sources and a library of its own, and defines the imported
# target Minizip::minizip. Needs the target ZLIB::ZLIB.

find_library(Minizip_LIBRARY NAMES minizip)
find_path(Minizip_INCLUDE_DIR NAMES minizip/unzip.h)
mark_as_advanced(Minizip_LIBRARY Minizip_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Minizip
  REQUIRED_VARS Minizip_LIBRARY Minizip_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian: apt-get install libminizip-dev")

if(Minizip_FOUND AND NOT TARGET Minizip::minizip)
  add_library(Minizip::minizip UNKNOWN IMPORTED)
  set_target_properties(Minizip::minizip PROPERTIES
    IMPORTED_LOCATION ${Minizip_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Minizip_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES ZLIB::ZLIB)
endif()
