#include "pipeline/catalog_objects.hpp"

#include <algorithm>
#include <array>

namespace sqlproxy::pipeline {

const CatalogColumn* CatalogRelation::column(std::string_view column_name) const {
  const auto name_at = [this](std::uint16_t index) { return std::string_view(columns[index].name); };
  const auto found = std::ranges::lower_bound(columns_by_name, column_name, {}, name_at);
  return found != columns_by_name.end() && name_at(*found) == column_name ? &columns[*found] : nullptr;
}

const CatalogColumn* CatalogRelation::column(std::int16_t number) const {
  const auto found = std::ranges::lower_bound(columns, number, {}, &CatalogColumn::number);
  return found != columns.end() && found->number == number ? &*found : nullptr;
}

bool is_system_column(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"});
  return std::ranges::binary_search(kNames, name);
}

}  // namespace sqlproxy::pipeline
