#pragma once

#include <cstddef>
#include <string_view>

#include "backend/server_connection.hpp"
#include "frontend/output_batch.hpp"
#include "frontend/session_core.hpp"
#include "wire/frame.hpp"

namespace sqlproxy::frontend {

// The way from the server to the client. Looks at the header of every message, and at the body of those that say
// something about the state of things; rows and COPY data pass through as they come, however large. What one read
// brings goes out with one write. The session attaches it to its server connection; one worker's thread only.
class ReplyRelay final : public backend::ServerConnectionUser {
 public:
  explicit ReplyRelay(SessionCore& core) : core_(core) {}

  net::Task<bool> on_server_input(backend::ServerConnection& connection) override;
  void on_server_closed(backend::ServerConnection& connection) override;

 private:
  enum class Step { next, more_input, violation };

  [[nodiscard]] Step relay_one(backend::ServerConnection& connection, std::string_view rest, std::size_t& used);
  [[nodiscard]] Step relay_streamed(const wire::FrameHeader& header, std::string_view rest, std::size_t& used);
  [[nodiscard]] Step relay_whole(backend::ServerConnection& connection, const wire::FrameHeader& header,
                                 std::string_view rest, std::size_t& used);
  // In transaction pooling the client does not get every notification from here.
  [[nodiscard]] Step route_notification(backend::ServerConnection& connection, std::string_view frame,
                                        std::size_t& used);
  // The server works on a message of the proxy's own, or has had no other yet.
  [[nodiscard]] bool within_own() const;
  [[nodiscard]] bool forward_rewritten(wire::BackendType type, std::string_view body, bool whole);
  [[nodiscard]] bool forward_error(std::string_view body);
  void note_failing_copy(std::string_view body);
  void forward(std::string_view bytes);
  void take_local();
  void note(backend::ServerConnection& connection, wire::BackendType type, std::string_view body);
  void note_parameter(backend::ServerConnection& connection, std::string_view body);

  SessionCore& core_;
  OutputBatch batch_;
  // Of a message whose header has passed: bytes of its body that are still to come, and whether the client gets them.
  std::size_t body_left_ = 0;
  bool body_forwarded_ = true;
};

}  // namespace sqlproxy::frontend
