# sp_add_layer(NAME LINK PUBLIC ... PRIVATE ...): the static library sp_NAME of all sources in src/NAME.
#
# A layer without sources yet is an interface library, so that the list in CMakeLists.txt can be complete from the start.
function(sp_add_layer name)
  cmake_parse_arguments(LAYER "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(sources)
    add_library(sp_${name} STATIC ${sources})
    target_include_directories(sp_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(sp_${name} ${LAYER_LINK})
  else()
    add_library(sp_${name} INTERFACE)
    target_include_directories(sp_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    string(REPLACE "PUBLIC" "INTERFACE" links "${LAYER_LINK}")
    string(REPLACE "PRIVATE" "INTERFACE" links "${links}")
    target_link_libraries(sp_${name} ${links})
  endif()
endfunction()
