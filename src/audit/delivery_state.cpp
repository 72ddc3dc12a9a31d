#include "audit/delivery_state.hpp"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <system_error>

#include "audit/compress_file.hpp"
#include "audit/file_descriptor.hpp"
#include "audit/file_error.hpp"
#include "audit/write_all.hpp"
#include "core/clock.hpp"
#include "core/uuid.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::size_t kIdLength = 36;

// Nothing: it is not what save_delivery_state() writes.
bool parse(const std::string& line, DeliveryState& state) {
  if (line.size() < kIdLength + 2 || line[kIdLength] != ' ') return false;
  if (line.find_first_not_of("0123456789abcdef-") != kIdLength) return false;
  const char* const end = line.data() + line.size();
  const auto [stopped, error] = std::from_chars(line.data() + kIdLength + 1, end, state.sequence);
  state.trail_id = line.substr(0, kIdLength);
  return error == std::errc() && stopped == end;
}

}  // namespace

std::filesystem::path delivery_state_path(const std::filesystem::path& audit_file) {
  return audit_file.parent_path() / ("." + audit_file.filename().string() + ".delivery");
}

DeliveryState new_delivery_state() {
  return {core::Uuid::v7(core::wall_now()).text(), 0};
}

core::Result<DeliveryState> load_delivery_state(const std::filesystem::path& audit_file) {
  const std::filesystem::path path = delivery_state_path(audit_file);
  std::ifstream file(path);
  std::string line;
  DeliveryState state;
  if (std::getline(file, line) && parse(line, state)) return state;
  std::error_code error;
  if (!file.is_open() && std::filesystem::exists(path, error)) {
    return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kIoError,
                            "cannot read file \"" + path.string() + "\"");
  }
  state = new_delivery_state();
  if (core::Status saved = save_delivery_state(audit_file, state); !saved) return std::move(saved).error();
  return state;
}

core::Status save_delivery_state(const std::filesystem::path& audit_file, const DeliveryState& state) {
  const std::filesystem::path path = delivery_state_path(audit_file);
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  {
    const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (!file.valid()) return file_error("create", temporary, errno);
    const std::string line = state.trail_id + " " + std::to_string(state.sequence) + "\n";
    if (const int failure = write_all(file.get(), line); failure != 0) return file_error("write", temporary, failure);
    if (::fdatasync(file.get()) != 0) return file_error("sync", temporary, errno);
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) return file_error("rename", temporary, error.value());
  sync_folder_of(path);
  return {};
}

}  // namespace sqlproxy::audit
