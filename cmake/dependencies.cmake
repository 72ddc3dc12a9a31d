# Debian's packages, found where Debian puts them; nothing is vendored or downloaded.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
add_library(re2::re2 ALIAS PkgConfig::RE2)

# toml++ is compiled by src/config itself, with settings of its own (src/config/loading/toml.hpp): only its headers are
# wanted, not the shared library.
add_library(sp_toml INTERFACE)
target_include_directories(sp_toml SYSTEM INTERFACE
  $<TARGET_PROPERTY:tomlplusplus::tomlplusplus,INTERFACE_INCLUDE_DIRECTORIES>)

# Asio is header-only; compiled once here, so that other files see only its declarations.
find_path(SP_ASIO_INCLUDE asio.hpp REQUIRED)
add_library(sp_asio STATIC cmake/asio_implementation.cpp)
target_include_directories(sp_asio SYSTEM PUBLIC ${SP_ASIO_INCLUDE})
target_compile_definitions(sp_asio PUBLIC
  ASIO_STANDALONE ASIO_SEPARATE_COMPILATION ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE ASIO_NO_DEPRECATED
  # Otherwise it depends on what a file includes first, and memory is freed by another function than took it.
  ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(sp_asio PUBLIC Threads::Threads)

# libpg_query's parse tree is read as the C structs of PostgreSQL's own headers, whose layout belongs to one version
# (src/pipeline/pg_query_tree.hpp checks the node tags at start).
find_path(SP_PG_QUERY_INCLUDE pg_query.h REQUIRED)
find_library(SP_PG_QUERY_LIBRARY pg_query REQUIRED)
set(SP_PG_SERVER_INCLUDE "/usr/include/postgresql/15/server" CACHE PATH "headers of postgresql-server-dev-15")
if(NOT EXISTS ${SP_PG_SERVER_INCLUDE}/nodes/parsenodes.h)
  message(FATAL_ERROR "postgresql-server-dev-15 is missing (scripts/build.sh installs it)")
endif()
add_library(sp_pg_query INTERFACE)
target_include_directories(sp_pg_query SYSTEM INTERFACE ${SP_PG_QUERY_INCLUDE} ${SP_PG_QUERY_INCLUDE}/pg_query ${SP_PG_SERVER_INCLUDE})
target_link_libraries(sp_pg_query INTERFACE ${SP_PG_QUERY_LIBRARY})

if(SP_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
