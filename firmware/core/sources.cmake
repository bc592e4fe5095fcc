# The portable files, also for builds that are not ours (an ESP-IDF component includes this file).
get_filename_component(FIRMWARE_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(FIRMWARE_CORE_SOURCES)
foreach(name IN ITEMS activation backoff camera control keep led machine mjpeg pace relay say session size ways)
  list(APPEND FIRMWARE_CORE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/${name}.c)
endforeach()
