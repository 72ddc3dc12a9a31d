#pragma once

// The one way to include toml++, in the configuration's own sources only.
//
// toml++ 3.3 states as assertions what a file may well violate ("[[[", "[="): without NDEBUG that aborts, with it the
// condition becomes __builtin_assume(), which is undefined behaviour. The code behind each of them handles the case, so
// here they are compiled to nothing, whatever the build type: a TOML_ASSERT of our own, and NDEBUG hidden meanwhile,
// for then the assumptions are TOML_ASSERTs too.

#include <cassert>

#ifdef NDEBUG
#define SP_TOML_RESTORE_NDEBUG
#undef NDEBUG
#endif

// Debian's shared library is built with exceptions and NDEBUG: toml_implementation.cpp compiles the sources anew
// instead.
#undef TOML_SHARED_LIB
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 0

#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_UNRELEASED_FEATURES 0
// Arrays and inline tables within one another; a configuration needs four.
#define TOML_MAX_NESTED_VALUES 16

#include <toml++/toml.h>

#ifdef SP_TOML_RESTORE_NDEBUG
#define NDEBUG 1
#undef SP_TOML_RESTORE_NDEBUG
#endif
