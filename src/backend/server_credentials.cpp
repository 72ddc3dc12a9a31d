#include "backend/server_credentials.hpp"

#include <type_traits>

namespace sqlproxy::backend {
namespace {

bool same(const core::Secret& a, const core::Secret& b) {
  return core::constant_time_equal(a.reveal(), b.reveal());
}

bool same(const Md5Hash& a, const Md5Hash& b) {
  return same(a.text, b.text);
}

bool same(const wire::ScramClient::Keys& a, const wire::ScramClient::Keys& b) {
  const bool client_keys = same(a.client_key, b.client_key);
  const bool server_keys = same(a.server_key, b.server_key);
  return client_keys && server_keys && a.salt == b.salt && a.iterations == b.iterations;
}

}  // namespace

bool same_credentials(const ServerCredentials& a, const ServerCredentials& b) {
  return std::visit(
      []<class A, class B>(const A& left, const B& right) {
        if constexpr (std::is_same_v<A, B>) {
          return same(left, right);
        } else {
          return false;
        }
      },
      a, b);
}

}  // namespace sqlproxy::backend
