#pragma once

#include "pipeline/catalog_objects.hpp"

namespace sqlproxy::pipeline {

// Fills in CatalogRelation::on_read and ::on_write: what each relation's own code may do, and that of everything that
// using it leads to. Requires: CatalogFunction::effects are filled in. Takes time in proportion to the rows, times the
// height of views on views.
void find_relation_effects(CatalogRows& rows);

}  // namespace sqlproxy::pipeline
