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
#   datahaul_module(<name> FROM dh_... [DEPS ...] [TESTED FILE.cc ...] [TEST_DEPS ...])
#
# makes libdatahaul_<folder>.so of the folder's *.cc and of all sources of the libraries (or single files below src)
# named by FROM, compiled once more for it: programs load it while they run (dlopen), and share nothing with it but the interfaces of src/model. The
# tests are as above, but load it too; they are told its folder as DATAHAUL_MODULE_DIR, and hold the sources named by TESTED themselves.
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

# One GoogleTest program: datahaul_tests(<name> <sources> DEPS ...)
function(datahaul_tests name sources)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  add_executable(${name}_test ${sources})
  target_compile_definitions(${name}_test PRIVATE DATAHAUL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # Matchers take the compiler half of a clean build when they are optimised and instrumented; what they test is as elsewhere.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:Sanitize>:-O0>)
  target_link_libraries(${name}_test PRIVATE GTest::gmock GTest::gtest GTest::gtest_main)
  datahaul_link(${name}_test PRIVATE ${arg_DEPS})
  add_test(NAME ${name}_test COMMAND ${name}_test WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name}_test PROPERTIES TIMEOUT 1800 LABELS unit
    ENVIRONMENT "no_proxy=127.0.0.1;NO_PROXY=127.0.0.1")  # their servers are here, whatever proxy the developer uses
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
    datahaul_tests(${name} "${tests}" DEPS dh_${name} ${arg_TEST_DEPS})
  endif()
endfunction()

function(datahaul_module name)
  cmake_parse_arguments(arg "" "" "FROM;DEPS;TESTED;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  foreach(from ${arg_FROM})
    if(from MATCHES "^dh_")
      list(APPEND sources $<TARGET_PROPERTY:${from},SOURCES>)
    else()
      list(APPEND sources "${CMAKE_SOURCE_DIR}/src/${from}")
    endif()
  endforeach()

  string(REGEX REPLACE "^.*_" "" folder "${name}")
  set(module datahaul_${folder})
  add_library(${module} MODULE ${sources})
  target_include_directories(${module} PRIVATE "${CMAKE_SOURCE_DIR}/src")
  set_target_properties(${module} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY "${DATAHAUL_PROGRAM_DIR}" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "${DATAHAUL_ARROW_RPATH}")
  target_link_options(${module} PRIVATE LINKER:-Bsymbolic,--as-needed
                      "LINKER:--version-script,${CMAKE_SOURCE_DIR}/cmake/module.map")
  if(NOT DATAHAUL_SANITIZE)
    target_link_options(${module} PRIVATE LINKER:-z,defs)
  endif()
  target_link_libraries(${module} PRIVATE datahaul_abseil_shared Threads::Threads)
  datahaul_link(${module} PRIVATE ${arg_DEPS})
  datahaul_interface(${module})

  if(tests)
    datahaul_tests(${name} "${tests}" DEPS ${arg_TEST_DEPS})
    target_sources(${name}_test PRIVATE ${arg_TESTED})
    target_compile_definitions(${name}_test PRIVATE DATAHAUL_MODULE_DIR="${DATAHAUL_PROGRAM_DIR}")
    add_dependencies(${name}_test ${module})
  endif()
endfunction()

# Gives `target` the header interface_hash.h: a digest of the headers through which programs and modules talk.
function(datahaul_interface target)
  if(NOT TARGET interface_hash)
    file(GLOB headers CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/base/*.h" "${CMAKE_SOURCE_DIR}/src/model/*.h"
         "${CMAKE_SOURCE_DIR}/src/io/byte_reader.h" "${CMAKE_SOURCE_DIR}/src/format/module_interface.h")
    set(header "${CMAKE_BINARY_DIR}/generated/interface_hash.h")
    add_custom_command(OUTPUT "${header}" DEPENDS ${headers} "${CMAKE_SOURCE_DIR}/cmake/interface_hash.cmake"
      COMMAND "${CMAKE_COMMAND}" "-DOUT=${header}" -P "${CMAKE_SOURCE_DIR}/cmake/interface_hash.cmake" -- ${headers}
      COMMENT "Digesting the interface of modules" VERBATIM)
    add_custom_target(interface_hash DEPENDS "${header}")
  endif()
  target_include_directories(${target} PRIVATE "${CMAKE_BINARY_DIR}/generated")
  add_dependencies(${target} interface_hash)
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
