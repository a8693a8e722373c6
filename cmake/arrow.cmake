# thirdparty::arrow: Apache Arrow with Parquet, which libdatahaul_parquet.so alone links. The system's, if CMake finds it,
# else the one in the pyarrow wheel that script/setup unpacks into build/deps. Where there is neither the target does not
# exist, and everything else is built.
#
# The wheel's libraries are put into <program's folder>/arrow, where the module looks for them (DATAHAUL_ARROW_RPATH), so
# that the folder can be moved or installed as a whole. libparquet's are a copy: the original exports a static OpenSSL,
# which would take the place of the system's, or be replaced by it.

include_guard(GLOBAL)

set(DATAHAUL_ARROW_OLDEST 26)  # with FileMetaDataBuilder::SetIndexLocations
set(DATAHAUL_PYARROW "${CMAKE_SOURCE_DIR}/build/deps/pyarrow" CACHE PATH "Unpacked pyarrow wheel")
set(DATAHAUL_ARROW_RPATH "")

function(datahaul_arrow_of_system)
  find_package(Arrow ${DATAHAUL_ARROW_OLDEST} CONFIG QUIET)
  find_package(Parquet ${DATAHAUL_ARROW_OLDEST} CONFIG QUIET)
  if(Arrow_FOUND AND Parquet_FOUND AND TARGET Arrow::arrow_shared AND TARGET Parquet::parquet_shared)
    add_library(thirdparty_arrow INTERFACE)
    target_link_libraries(thirdparty_arrow INTERFACE Parquet::parquet_shared Arrow::arrow_shared)
    add_library(thirdparty::arrow ALIAS thirdparty_arrow)
  endif()
endfunction()

function(datahaul_arrow_of_wheel)
  set(package "${DATAHAUL_PYARROW}/pyarrow")
  file(GLOB arrow "${package}/libarrow.so.*")
  file(GLOB parquet "${package}/libparquet.so.*")
  find_package(Python3 COMPONENTS Interpreter QUIET)
  if(NOT EXISTS "${package}/include/arrow/api.h" OR NOT arrow OR NOT parquet OR NOT Python3_Interpreter_FOUND)
    return()
  endif()
  set(folder "${DATAHAUL_PROGRAM_DIR}/arrow")
  get_filename_component(arrow_name "${arrow}" NAME)
  get_filename_component(parquet_name "${parquet}" NAME)
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(OUTPUT "${folder}/${arrow_name}" DEPENDS "${arrow}"
    COMMAND "${CMAKE_COMMAND}" -E rm -f "${folder}/${arrow_name}"
    COMMAND "${CMAKE_COMMAND}" -E create_hardlink "${arrow}" "${folder}/${arrow_name}"
    COMMENT "Taking ${arrow_name} from the wheel" VERBATIM)
  add_custom_command(OUTPUT "${folder}/${parquet_name}"
    DEPENDS "${parquet}" "${CMAKE_SOURCE_DIR}/cmake/hide-symbols"
    COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/cmake/hide-symbols" "${parquet}" "${folder}/${parquet_name}"
            "^(?!_Z|_init$|_fini$)"
    COMMENT "Hiding the OpenSSL in ${parquet_name}" VERBATIM)
  add_custom_target(arrow_libraries DEPENDS "${folder}/${arrow_name}" "${folder}/${parquet_name}")
  file(GLOB notices "${DATAHAUL_PYARROW}/pyarrow-*.dist-info/licenses/*.txt")
  file(COPY ${notices} DESTINATION "${folder}")

  foreach(library arrow parquet)
    add_library(wheel_${library} SHARED IMPORTED GLOBAL)
    set_target_properties(wheel_${library} PROPERTIES IMPORTED_LOCATION "${folder}/${${library}_name}")
    add_dependencies(wheel_${library} arrow_libraries)
  endforeach()
  add_library(thirdparty_arrow INTERFACE)
  target_include_directories(thirdparty_arrow SYSTEM INTERFACE "${package}/include")
  target_link_libraries(thirdparty_arrow INTERFACE wheel_parquet wheel_arrow)
  add_dependencies(thirdparty_arrow arrow_libraries)
  add_library(thirdparty::arrow ALIAS thirdparty_arrow)
  set(DATAHAUL_ARROW_RPATH "$ORIGIN/arrow" PARENT_SCOPE)
endfunction()

datahaul_arrow_of_system()
if(NOT TARGET thirdparty::arrow)
  datahaul_arrow_of_wheel()
endif()
if(NOT TARGET thirdparty::arrow)
  message(WARNING "Parquet is left out: Apache Arrow is not installed, and ${DATAHAUL_PYARROW} does not hold the pyarrow "
                  "wheel; run script/setup")
endif()
