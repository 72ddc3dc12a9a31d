#pragma once

#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/classification/result_shape.hpp"
#include "pipeline/name_scope.hpp"
#include "wire/messages/row_description.hpp"

namespace sqlproxy::frontend {

// Against what a result's columns are looked up. `statement` and `catalog` may be null.
struct ResultContext {
  const pipeline::Statement* statement = nullptr;
  const pipeline::NameScope* scope = nullptr;
  const pipeline::Catalog* catalog = nullptr;
};

// What is known of the columns that `description` tells of: from itself, the catalog and the analysis.
[[nodiscard]] std::vector<pipeline::ResultColumn> result_columns(const wire::RowDescription& description,
                                                                 const ResultContext& context);

// The same for the `count` columns of a COPY.
[[nodiscard]] std::vector<pipeline::ResultColumn> copied_columns(std::size_t count, const ResultContext& context);

}  // namespace sqlproxy::frontend
