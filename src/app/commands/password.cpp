#include "app/commands/password.hpp"

#include <string>

#include "app/exit_code.hpp"
#include "app/terminal.hpp"
#include "core/secret.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::app {

namespace {

int print_verifier(const core::Secret& password, std::ostream& out, std::ostream& err) {
  if (password.empty()) {
    err << "sql-proxy: the password is empty\n";
    return kExitFault;
  }
  // What a client can send: PasswordMessage and SASLprep know no zero byte.
  if (password.reveal().find('\0') != std::string_view::npos) {
    err << "sql-proxy: the password has a zero byte\n";
    return kExitFault;
  }
  out << wire::ScramVerifier::from_password(password.reveal()).text() << '\n';
  out.flush();
  return out ? kExitOk : kExitRuntime;
}

}  // namespace

int password_from_terminal(std::ostream& out, std::ostream& err) {
  const auto first = read_hidden_line("Password: ");
  const auto second = first ? read_hidden_line("Once more: ") : first;
  if (!second) {
    err << "sql-proxy: no password was entered\n";
    return kExitFault;
  }
  if (!core::constant_time_equal(first->reveal(), second->reveal())) {
    err << "sql-proxy: the passwords differ\n";
    return kExitFault;
  }
  return print_verifier(*first, out, err);
}

int password_from_stream(std::istream& in, std::ostream& out, std::ostream& err) {
  std::string line;
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  const core::Secret password(line);
  core::secure_zero(line.data(), line.size());
  return print_verifier(password, out, err);
}

}  // namespace sqlproxy::app
