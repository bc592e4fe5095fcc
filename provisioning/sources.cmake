# The portable files, also for builds that are not ours (an ESP-IDF component includes this file).
set(PROVISIONING_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/include)
set(PROVISIONING_SOURCES)
foreach(name IN ITEMS activation fields frame jpeg json json_value json_write parts payload token url utf8)
  list(APPEND PROVISIONING_SOURCES ${CMAKE_CURRENT_LIST_DIR}/src/${name}.c)
endforeach()
