# One line in each src/<folder>/CMakeLists.txt declares that folder's library and its tests:
#
#   datahaul_library(<name> [DEPS ...] [TEST_DEPS ...])
#
# <name> is the folder's path under src with "/" written "_": src/format/ndjson is format_ndjson. It makes
#   dh_<name>     a static library of the folder's *.cc (without *_test.cc and main.cc); header-only if there are none
#   <name>_test   one GoogleTest program of its *_test.cc, registered with ctest under that name, label "unit"
# DEPS are what the headers or sources include: dh_<name>, thirdparty::<name> (see dependencies.cmake). Abseil is always
# there. TEST_DEPS are for the tests alone (dh_testing).
#
#   datahaul_program(<name> [DEPS ...])     a program from the folder's main.cc
#
#   datahaul_fuzzer(<name> [DEPS ...])      a libFuzzer program from <name>.cc (in fuzz/; preset "fuzz")
#
# Names of dh_ libraries may be used before their folder is read.

include_guard(GLOBAL)

function(datahaul_link target scope)
  foreach(dep ${ARGN})
    if(dep MATCHES "^dh_")
      target_link_libraries(${target} ${scope} $<TARGET_NAME_IF_EXISTS:${dep}>)
      set_property(GLOBAL APPEND PROPERTY DATAHAUL_DEPENDENCIES "${target}=${dep}")
    else()
      target_link_libraries(${target} ${scope} ${dep})
    endif()
  endforeach()
endfunction()

function(datahaul_library name)
  cmake_parse_arguments(arg "" "" "DEPS;TEST_DEPS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "datahaul_library(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}; write DEPS or TEST_DEPS before it")
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  if(sources)
    add_library(dh_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(dh_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(dh_${name} ${scope} "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include")
  target_link_libraries(dh_${name} ${scope} datahaul_abseil)
  datahaul_link(dh_${name} ${scope} ${arg_DEPS})
  if(name STREQUAL "testing" OR name MATCHES "^testing_")
    target_link_libraries(dh_${name} ${scope} GTest::gtest GTest::gmock)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_compile_definitions(${name}_test PRIVATE DATAHAUL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(${name}_test PRIVATE dh_${name} GTest::gmock GTest::gtest GTest::gtest_main)
    datahaul_link(${name}_test PRIVATE ${arg_TEST_DEPS})
    add_test(NAME ${name}_test COMMAND ${name}_test WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(${name}_test PROPERTIES TIMEOUT 600 LABELS unit)
  endif()
endfunction()

function(datahaul_program name)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/main.cc")
    return()
  endif()
  add_executable(${name} main.cc)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${DATAHAUL_PROGRAM_DIR}")
  datahaul_link(${name} PRIVATE ${arg_DEPS})
endfunction()

function(datahaul_fuzzer name)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  add_executable(${name} ${name}.cc)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  datahaul_link(${name} PRIVATE ${arg_DEPS})
endfunction()

# Reads every CMakeLists.txt below <root>. A folder appears when its first file does.
function(datahaul_add_folders root)
  file(GLOB_RECURSE lists CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/${root}/*/CMakeLists.txt")
  foreach(list ${lists})
    get_filename_component(folder "${list}" DIRECTORY)
    add_subdirectory("${folder}")
  endforeach()
endfunction()

function(datahaul_check_dependencies)
  get_property(pairs GLOBAL PROPERTY DATAHAUL_DEPENDENCIES)
  foreach(pair ${pairs})
    string(REPLACE "=" ";" pair "${pair}")
    list(GET pair 1 dep)
    if(NOT TARGET ${dep})
      list(GET pair 0 target)
      message(WARNING "${target} names ${dep}, which no folder declares: a typing error in DEPS?")
    endif()
  endforeach()
endfunction()
