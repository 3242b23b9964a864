# foregraph::images, image folders as data sets. A library of its own, so that only who reads images
# links libpng and TurboJPEG; left out where one of them is missing.

find_package(PNG 1.6 QUIET)
find_package(TurboJPEG QUIET)
if(NOT PNG_FOUND OR NOT TurboJPEG_FOUND)
  message(STATUS "foregraph::images is left out: libpng or TurboJPEG is missing "
    "(on Debian: apt-get install libpng-dev libturbojpeg0-dev)")
  return()
endif()

file(GLOB image_sources CONFIGURE_DEPENDS images/*.cpp)
add_library(foregraph_images ${image_sources})
add_library(foregraph::images ALIAS foregraph_images)
foregraph_hidden_symbols(foregraph_images)
foregraph_library(foregraph_images EXPORT_NAME images
  PUBLIC foregraph PRIVATE PNG::PNG TurboJPEG::turbojpeg)
foregraph_compile_options(foregraph_images)
