#include <tuple>

#include "config/loading/listen_text.hpp"
#include "config/loading/readable.hpp"
#include "config/loading/sections.hpp"

namespace sqlproxy::config::loading {

void load_admin(TableReader& root, LoadContext& context) {
  auto table = root.table("admin");
  if (!table) return;
  Admin& admin = context.config.admin;
  if (const auto text = table->located_text("listen")) {
    if (auto address = parse_listen(text->text(), context.directory)) {
      if (address->kind == ListenAddress::Kind::unix_socket) {
        table->fault(text->place(), "the address " + text->shown() + " has to be host:port");
      }
      admin.listen = *std::move(address);
    } else {
      table->fault(text->place(), "the address " + text->shown() + ' ' + address.error().message);
    }
  }
  table->path("tls_cert", admin.tls_cert);
  table->path("tls_key", admin.tls_key);
  for (const auto& [key, path, other] :
       {std::tuple{"tls_cert", &admin.tls_cert, "tls_key"}, std::tuple{"tls_key", &admin.tls_key, "tls_cert"}}) {
    if (table->has(key) && !table->has(other)) {
      table->fault(table->place(key), table->name() + " has " + in_quotes(key) + " and lacks " + in_quotes(other));
    }
    check_file(*table, key, *path);
  }
  table->secret("token", admin.token);
  if (const auto names = table->located_texts("console_users", Emptiness::allowed)) {
    for (const LocatedText& name : *names) {
      admin.console_users.emplace_back(name.text());
      context.references.push_back(
          {Reference::Target::user, admin.console_users.back(), name.place(), Severity::warning, table->name()});
    }
  }
  table->finish();
}

}  // namespace sqlproxy::config::loading
