# Finds OpenBLAS and defines the imported target OpenBLAS::pthread.
#
# Debian can have a pthread and an OpenMP build installed side by side, and the plain name
# libopenblas.so is then whatever the system's alternatives say. So the folder of the pthread build
# is searched first, and linked by its full path; elsewhere the plain names are taken.

find_library(OpenBLASPthread_LIBRARY NAMES openblas PATH_SUFFIXES openblas-pthread)
find_path(OpenBLASPthread_INCLUDE_DIR NAMES openblas_config.h
  PATH_SUFFIXES openblas-pthread openblas)
mark_as_advanced(OpenBLASPthread_LIBRARY OpenBLASPthread_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLASPthread
  REQUIRED_VARS OpenBLASPthread_LIBRARY OpenBLASPthread_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian: apt-get install libopenblas-pthread-dev")

if(OpenBLASPthread_FOUND AND NOT TARGET OpenBLAS::pthread)
  add_library(OpenBLAS::pthread UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::pthread PROPERTIES
    IMPORTED_LOCATION ${OpenBLASPthread_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${OpenBLASPthread_INCLUDE_DIR})
endif()
