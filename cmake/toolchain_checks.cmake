# What the code needs of the compiler, said before the first file is compiled.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "GCC before 13 destroys temporaries twice around co_await; use clang-19 (scripts/build.sh installs it)")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR "clang before 16 cannot compile Asio's coroutines; use clang-19 (scripts/build.sh installs it)")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Without -DNDEBUG: a broken invariant ends the process in every build, before it can grant anything. The sanitizers'
# builds (RelWithDebInfo) want line numbers, and to be compiled soon.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -gline-tables-only")

option(SP_BUILD_TESTS "build the unit tests" ON)
option(SP_BUILD_FUZZERS "build the fuzzers as libFuzzer programs (clang)" OFF)
set(SP_SANITIZE "" CACHE STRING "sanitizers to build with, e.g. address,undefined")

find_program(SP_CCACHE ccache)
if(SP_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SP_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # -Wpedantic speaks of Asio's and fmt's macros; a dropped [[nodiscard]] Result is an error.
  add_compile_options(-Wno-gnu-zero-variadic-macro-arguments -Wimplicit-fallthrough)
  add_link_options(-fuse-ld=lld)
endif()
add_compile_options($<$<CONFIG:Release>:-fno-plt> -fstack-protector-strong)
add_link_options(-Wl,-z,relro,-z,now)

if(SP_SANITIZE)
  add_compile_options(-fsanitize=${SP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SP_SANITIZE})
endif()
if(SP_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
