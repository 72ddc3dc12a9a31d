#include "audit/closed_file.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <tuple>

namespace sqlproxy::audit {
namespace {

constexpr std::string_view kTimeForm = "dddd-dd-ddTdd-dd-dd";
constexpr std::size_t kSequenceDigits = 12;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_time_form(std::string_view text) {
  return std::ranges::equal(text, kTimeForm, [](char c, char form) { return form == 'd' ? is_digit(c) : c == form; });
}

std::filesystem::path with_suffix(const std::filesystem::path& path, const std::string& suffix) {
  std::filesystem::path named = path;
  named += suffix;
  return named;
}

}  // namespace

std::string file_time(core::WallTime time) {
  std::string text = core::to_rfc3339(time).substr(0, kTimeForm.size());
  std::ranges::replace(text, ':', '-');
  return text;
}

std::filesystem::path closed_file_name(const std::filesystem::path& path, core::WallTime closed,
                                       std::uint64_t first_sequence) {
  std::string digits = std::to_string(first_sequence);
  if (digits.size() < kSequenceDigits) digits.insert(0, kSequenceDigits - digits.size(), '0');
  return with_suffix(path, "." + file_time(closed) + "." + digits);
}

std::filesystem::path torn_file_name(const std::filesystem::path& path, core::WallTime time) {
  return with_suffix(path, ".torn." + file_time(time));
}

std::optional<ClosedFile> parse_closed_file_name(const std::filesystem::path& path,
                                                 const std::filesystem::path& candidate) {
  const std::string prefix = path.filename().string() + ".";
  const std::string name = candidate.filename().string();
  std::string_view rest = name;
  if (!rest.starts_with(prefix)) return std::nullopt;
  rest.remove_prefix(prefix.size());
  const bool compressed = rest.ends_with(".zst");
  if (compressed) rest.remove_suffix(std::string_view(".zst").size());
  if (rest.size() < kTimeForm.size() + 1 + kSequenceDigits || !has_time_form(rest.substr(0, kTimeForm.size())))
    return std::nullopt;
  rest.remove_prefix(kTimeForm.size());
  if (rest.front() != '.') return std::nullopt;
  rest.remove_prefix(1);
  ClosedFile file{candidate, 0, compressed};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), file.first_sequence);
  if (error != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
  return file;
}

std::vector<ClosedFile> list_closed_files(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::vector<ClosedFile> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (auto file = parse_closed_file_name(path, entry->path())) files.push_back(std::move(*file));
  }
  std::ranges::sort(files, {}, [](const ClosedFile& file) { return std::tie(file.first_sequence, file.path); });
  return files;
}

}  // namespace sqlproxy::audit
