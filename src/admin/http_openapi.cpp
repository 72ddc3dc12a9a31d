#include "admin/http_openapi.hpp"

namespace sqlproxy::admin {

std::string_view openapi_document() {
  return R"json({
"openapi": "3.0.3",
"info": {"title": "sql-proxy administration", "version": "1"},
"components": {
  "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
  "responses": {
    "Unauthorized": {"description": "The token is missing or wrong."},
    "Rows": {"description": "One object for each row.", "content": {"application/json": {"schema":
      {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "object"}}}}}}
  }
},
"security": [{"token": []}],
"paths": {
  "/health": {"get": {"summary": "Whether every database answers a query", "security": [],
    "responses": {"200": {"description": "All can be reached."}, "503": {"description": "One cannot."}}}},
  "/ready": {"get": {"summary": "Whether new clients are taken", "security": [],
    "responses": {"200": {"description": "They are."}, "503": {"description": "They are not."}}}},
  "/metrics": {"get": {"summary": "Metrics in the text format of Prometheus", "security": [],
    "responses": {"200": {"description": "The metrics.", "content": {"text/plain": {}}}}}},
  "/policies/reload": {"post": {"summary": "Load the configuration anew, as a whole or not at all",
    "responses": {"200": {"description": "It is in force."}, "401": {"$ref": "#/components/responses/Unauthorized"},
      "422": {"description": "It is refused, and nothing has changed."}}}},
  "/api/v1/pools": {"get": {"summary": "Pools of server connections, by tenant, database and user",
    "responses": {"200": {"$ref": "#/components/responses/Rows"}, "401": {"$ref": "#/components/responses/Unauthorized"}}}},
  "/api/v1/clients": {"get": {"summary": "Clients; the columns of SHOW CLIENTS",
    "responses": {"200": {"$ref": "#/components/responses/Rows"}, "401": {"$ref": "#/components/responses/Unauthorized"}}}},
  "/api/v1/clients/{id}": {"delete": {"summary": "End a client's session at once",
    "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "format": "int64"}}],
    "responses": {"200": {"description": "It is ended."}, "401": {"$ref": "#/components/responses/Unauthorized"},
      "404": {"description": "There is no such client."}}}},
  "/api/v1/servers": {"get": {"summary": "Server connections; the columns of SHOW SERVERS",
    "responses": {"200": {"$ref": "#/components/responses/Rows"}, "401": {"$ref": "#/components/responses/Unauthorized"}}}},
  "/api/v1/stats": {"get": {"summary": "Totals and averages by database; the columns of SHOW STATS",
    "responses": {"200": {"$ref": "#/components/responses/Rows"}, "401": {"$ref": "#/components/responses/Unauthorized"}}}},
  "/api/v1/policies": {"get": {"summary": "The policy's rules; the columns of SHOW POLICIES",
    "responses": {"200": {"$ref": "#/components/responses/Rows"}, "401": {"$ref": "#/components/responses/Unauthorized"}}}},
  "/api/v1/explain": {"post": {"summary": "What the policy says of a text, and why; nothing is executed",
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["sql", "user", "database"],
      "properties": {"sql": {"type": "string"}, "user": {"type": "string"}, "database": {"type": "string"}}}}}},
    "responses": {"200": {"description": "As from sql-proxy explain --json."}, "400": {"description": "The body is not of that form."},
      "401": {"$ref": "#/components/responses/Unauthorized"}, "422": {"description": "There is no such user or database."}}}},
  "/api/v1/openapi.json": {"get": {"summary": "This document",
    "responses": {"200": {"description": "The document."}, "401": {"$ref": "#/components/responses/Unauthorized"}}}}
}
})json";
}

}  // namespace sqlproxy::admin
