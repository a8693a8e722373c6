# What script/test runs besides this build's own tests, as tests, so that one ctest run sums up everything. Each of
# them builds what it needs (a no-op when script/test has built it already).
foreach(check lint asan tsan)
  add_test(NAME ${check} COMMAND "${CMAKE_SOURCE_DIR}/script/check" ${check} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${check} PROPERTIES TIMEOUT 3600 LABELS check RUN_SERIAL ON)
endforeach()
