#include "frontend/client_output.hpp"

#include "frontend/session_meter.hpp"

namespace sqlproxy::frontend {

bool ClientOutput::try_write(std::string_view bytes, std::size_t& sent) {
  sent = 0;
  if (writing_ || lost_) return false;
  const net::IoResult result = stream_.try_write(bytes);
  sent = result.size;
  if (meter_ != nullptr) meter_->count_sent(sent);
  lost_ = !result.ok();
  return sent == bytes.size();
}

net::Task<bool> ClientOutput::write(std::string_view bytes) {
  std::size_t sent = 0;
  if (try_write(bytes, sent)) co_return true;
  while (writing_) co_await free_.wait();
  if (lost_) co_return false;
  writing_ = true;
  const net::IoResult result = co_await stream_.write_all(bytes.substr(sent));
  writing_ = false;
  if (meter_ != nullptr) meter_->count_sent(result.size);
  lost_ = !result.ok();
  free_.notify_all();
  co_return !lost_;
}

}  // namespace sqlproxy::frontend
