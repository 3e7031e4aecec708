# What the build of ipet and those who write plugins of their own share; the package `ipet` includes it, too.

# ipet_included(RESULT FILE...): the library of each folder pipeline/X and stages/X of which the files include headers,
# themselves or through headers of plugins: ${ipet_prefix}X. ${ipet_headers} is the folder that they are in. CMake runs
# again where one of these files has changed.
function(ipet_included result)
  set(files ${ARGN})
  set(libraries)
  foreach(round RANGE 100)
    list(POP_FRONT files file)
    if(NOT file)
      break()
    endif()
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(STRINGS ${file} includes REGEX "^#include \"(pipeline|stages|plugins)/")
    foreach(line IN LISTS includes)
      if(line MATCHES "\"(plugins/[^\"]+)\"")
        list(APPEND files ${ipet_headers}/${CMAKE_MATCH_1})
      elseif(line MATCHES "\"(pipeline|stages)/([a-z0-9_]+)/")
        list(APPEND libraries ${ipet_prefix}${CMAKE_MATCH_2})
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES libraries)
  set(${result} ${libraries} PARENT_SCOPE)
endfunction()
