#include "app/commands/audit_verify.hpp"

#include "app/exit_code.hpp"
#include "audit/verify.hpp"

namespace sqlproxy::app {

int audit_verify(std::span<const std::filesystem::path> files, std::ostream& out) {
  const audit::VerifyReport report = audit::verify_files(files, out);
  return report.sound() ? kExitOk : kExitFault;
}

}  // namespace sqlproxy::app
