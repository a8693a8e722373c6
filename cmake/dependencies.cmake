# Third-party libraries under one set of names, thirdparty::<name>. Static archives are taken where the system has
# them: fewer shared objects to load, so the program starts sooner. Which folder may include which library's headers is
# decided by script/check-includes, not here.

find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)

# Debian's package describes the shared libraries only; its archives lie beside them. They are for programs: not being
# compiled with -fPIC, they can't become part of a shared library, which takes the shared ones (datahaul_abseil_shared).
add_library(datahaul_abseil_shared INTERFACE)
get_directory_property(imported IMPORTED_TARGETS)
foreach(target ${imported})
  get_target_property(type ${target} TYPE)
  if(target MATCHES "^absl::" AND type STREQUAL "SHARED_LIBRARY")
    get_target_property(shared ${target} LOCATION)
    string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${shared}")
    target_link_libraries(datahaul_abseil_shared INTERFACE "${shared}")
    if(EXISTS "${archive}")
      set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${archive}" IMPORTED_LOCATION_NONE "${archive}")
    endif()
  endif()
endforeach()

# Abseil is in every signature, so that every datahaul library links it.
add_library(datahaul_abseil INTERFACE)
target_link_libraries(datahaul_abseil INTERFACE absl::base absl::cleanup absl::flat_hash_map absl::flat_hash_set
  absl::btree absl::hash absl::inlined_vector absl::int128 absl::log_severity absl::random_random absl::span absl::status
  absl::statusor absl::str_format absl::strings absl::synchronization absl::time Threads::Threads)

# datahaul_thirdparty(<name> HEADER <file> LIBRARY <name without lib> [SHARED])
function(datahaul_thirdparty name)
  cmake_parse_arguments(arg "SHARED" "HEADER;LIBRARY;PACKAGE" "" ${ARGN})
  find_path(${name}_INCLUDE NAMES ${arg_HEADER} PATH_SUFFIXES postgresql)
  mark_as_advanced(${name}_INCLUDE)
  if(NOT ${name}_INCLUDE)
    message(FATAL_ERROR "looking for <${arg_HEADER}>: not found; run script/setup, or install ${arg_PACKAGE}")
  endif()
  add_library(thirdparty_${name} INTERFACE)
  target_include_directories(thirdparty_${name} SYSTEM INTERFACE ${${name}_INCLUDE})
  if(arg_LIBRARY)
    set(names lib${arg_LIBRARY}.a ${arg_LIBRARY})
    if(arg_SHARED)
      set(names ${arg_LIBRARY})
    endif()
    find_library(${name}_LIBRARY NAMES ${names})
    mark_as_advanced(${name}_LIBRARY)
    if(NOT ${name}_LIBRARY)
      message(FATAL_ERROR "looking for lib${arg_LIBRARY}: not found; run script/setup, or install ${arg_PACKAGE}")
    endif()
    target_link_libraries(thirdparty_${name} INTERFACE ${${name}_LIBRARY})
  endif()
  add_library(thirdparty::${name} ALIAS thirdparty_${name})
endfunction()

datahaul_thirdparty(isal HEADER isa-l/crc.h LIBRARY isal PACKAGE libisal-dev)
datahaul_thirdparty(deflate HEADER libdeflate.h LIBRARY deflate PACKAGE libdeflate-dev)
datahaul_thirdparty(zstd HEADER zstd.h LIBRARY zstd PACKAGE libzstd-dev)
datahaul_thirdparty(zlib HEADER zlib.h LIBRARY z PACKAGE zlib1g-dev)
datahaul_thirdparty(xxhash HEADER xxhash.h PACKAGE libxxhash-dev)
datahaul_thirdparty(pq HEADER libpq-fe.h PACKAGE libpq-dev)  # its library is loaded when a program needs it
datahaul_thirdparty(curl HEADER curl/curl.h PACKAGE libcurl4-openssl-dev)  # likewise, and the next
datahaul_thirdparty(openssl HEADER openssl/evp.h PACKAGE libssl-dev)
datahaul_thirdparty(expat HEADER expat.h LIBRARY expat PACKAGE libexpat1-dev)
datahaul_thirdparty(sodium HEADER sodium.h LIBRARY sodium PACKAGE libsodium-dev)
datahaul_thirdparty(sqlite HEADER sqlite3.h LIBRARY sqlite3 PACKAGE libsqlite3-dev)
datahaul_thirdparty(simdjson HEADER simdjson.h LIBRARY simdjson PACKAGE libsimdjson-dev)
datahaul_thirdparty(cli11 HEADER CLI/CLI.hpp PACKAGE libcli11-dev)
datahaul_thirdparty(fmt HEADER fmt/format.h PACKAGE libfmt-dev)
target_compile_definitions(thirdparty_fmt INTERFACE FMT_HEADER_ONLY=1)
target_link_libraries(thirdparty_sqlite INTERFACE ${CMAKE_DL_LIBS} m)

find_package(GTest REQUIRED)
