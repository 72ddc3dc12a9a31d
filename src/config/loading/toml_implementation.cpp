// toml++'s own sources, compiled here once for the whole layer.
#define TOML_IMPLEMENTATION
#include "config/loading/toml.hpp"
