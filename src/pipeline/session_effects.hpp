#pragma once
#include <string>
#include <vector>
#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/effect_flags.hpp"
#include "pipeline/name_scope.hpp"
namespace sqlproxy::pipeline {
struct SessionEffects {
  EffectFlags flags;
  std::vector<std::string> custom_settings;
};
}  // namespace sqlproxy::pipeline
