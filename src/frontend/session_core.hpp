#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/server_connection.hpp"
#include "frontend/analysis_pool.hpp"
#include "frontend/client_output.hpp"
#include "frontend/output_batch.hpp"
#include "frontend/reported_settings.hpp"
#include "frontend/result_watch.hpp"
#include "frontend/session_journal.hpp"
#include "frontend/session_notifications.hpp"
#include "frontend/snapshot.hpp"
#include "frontend/statement_admission.hpp"
#include "frontend/statement_gate.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"
#include "pipeline/text_analyzer.hpp"
#include "wire/reply_tracker.hpp"

namespace sqlproxy::frontend {

// What the two directions of a session share: RequestHandler sends, ReplyRelay receives, and both keep the tracker and
// the journal in step. Made by ClientSession after login; one worker's thread only.
struct SessionCore {
  SessionCore(net::Stream& client_stream, net::Executor executor, net::DeadlineQueue& deadlines,
              pipeline::TextAnalyzer& text_analyzer, SnapshotPtr snapshot,
              std::shared_ptr<const DatabaseRoute> database_route, pipeline::Subject who,
              std::shared_ptr<const pipeline::NameScope> initial_scope)
      : client(client_stream),
        output(client_stream, executor, deadlines),
        changed(executor),
        admission(executor, deadlines, changed),
        analyzer(text_analyzer),
        subject(std::move(who)),
        route(std::move(database_route)),
        gate(std::move(snapshot), route, subject),
        journal(std::move(initial_scope), route->catalog, [this] { changed.notify_all(); }),
        results(journal, gate),
        tracker(journal) {
    journal.follow_server_statements(
        [this] { return transaction_pooling && server ? &server->statements() : nullptr; });
  }
  SessionCore(const SessionCore&) = delete;
  SessionCore& operator=(const SessionCore&) = delete;

  net::Stream& client;
  ClientOutput output;
  // Something that a coroutine of this session may wait for has changed: a group was answered, the relay is free, the
  // server is gone, the proxy drains.
  net::Signal changed;

  // By rate and number of those that run.
  StatementAdmission admission;

  pipeline::TextAnalyzer& analyzer;
  pipeline::Subject subject;
  std::shared_ptr<const DatabaseRoute> route;
  StatementGate gate;
  SessionJournal journal;
  ResultWatch results;
  wire::ReplyTracker tracker;
  pipeline::TextEncoding encoding = pipeline::TextEncoding::utf8;
  // The server reported standard_conforming_strings = off: texts with a backslash can be read in two ways.
  bool backslashes_ambiguous = false;
  // The tracker's group of the newest message that may change that; the server reports it at the end of the group.
  std::uint32_t strings_group = 0;
  bool strings_were_set = false;

  // Server connections are held for a transaction each, not for the session.
  bool transaction_pooling = false;
  // Of `wanted` and of the start-up settings: statements are shared between clients for which it is the same.
  std::uint64_t settings_fingerprint = 0;
  // Something was sent in this lease that may have changed settings since the fingerprint was made.
  bool settings_unsettled = false;
  // In transaction pooling: what the client listens to. Null until it is needed first, as most clients never listen.
  std::unique_ptr<SessionNotifications> notifications;
  // Empty in session pooling.
  std::function<std::unique_ptr<SessionNotifications>()> make_notifications;
  // Requires: make_notifications.
  [[nodiscard]] SessionNotifications& need_notifications();
  // The client is about to execute the statement on `server`.
  void note_sending(const pipeline::Statement* statement, const Judgement& judgement);
  // The statement, if it is an allowed DECLARE, is about to open its cursor.
  void note_declared(const std::shared_ptr<const pipeline::Analysis>& analysis, std::size_t index,
                     const JudgementPtr& judgement);
  void note_string_settings(const pipeline::Statement& statement);
  // Code was sent that may have prepared statements unseen.
  bool unseen_code = false;
  // What the client listens to is being taken from the server connection, which is nobody's afterwards: the client's
  // messages wait.
  bool handing_over = false;
  // The session ends: nothing is worth waiting for.
  bool ending = false;

  // In transaction pooling: where prepared statements get their identity. Outlives the session.
  backend::StatementStore* statement_store = nullptr;
  // `server` is being prepared, and nothing of the client's has been sent to it: if it is lost, another will do, and
  // the client learns nothing of it.
  bool server_replaceable = false;
  // Null between two transactions in transaction pooling.
  std::shared_ptr<backend::ServerConnection> server;
  // Nothing is under way and nothing of the client's is on `server`: the lease is about to end.
  std::function<bool()> server_is_spare = [] { return false; };
  // Transaction pooling: the client's session-level settings beyond the start-up ones of its server connections, each
  // name once; what a server connection has to have set before it may take the client's messages.
  backend::Settings wanted;
  // Of the client's start-up message. Server connections are opened without it, so what RESET leads to differs.
  std::string login_application_name;
  // ParameterStatus as the client has been told.
  ReportedSettings reported;
  // ServerConnection::parameters_revision() of those that were last found to say the same; 0: of none.
  std::uint64_t reported_revision = 0;
  // Takes over what the server has reported, and appends to `out` what of it the client has not been told.
  void report_parameters(std::string& out);
  // The client has been told of it.
  void note_parameter(std::string_view name, std::string_view value);
  void follow_parameter(std::string_view name, std::string_view value);
  [[nodiscard]] bool awaits_application_name(const backend::Setting& reported_now, const backend::Setting& told) const;

  // Hands a large text to another thread; `changed` is notified when its analysis is there. Empty: there is no such
  // thread, and all is done at once.
  std::function<std::shared_ptr<AnalysisJob>(std::string_view text)> start_analysis;

  // Has connections closed that are nobody's: the statement that is sent now needs to be alone with that database.
  std::function<void(const std::string& database)> leave_database = [](const std::string&) {};

  // Takes a server connection if one is at hand; what it has to be sent first goes to the end of the batch. False: none
  // is, or it has to be waited for.
  std::function<bool(OutputBatch&)> acquire_server = [](OutputBatch&) { return false; };
  // Called when the relay has written what one read brought and is between two messages.
  std::function<void()> on_relay_idle;
  // Called when the client could not be written to any more.
  std::function<void()> on_client_lost;
  // The relay is within on_server_input().
  bool relay_running = false;
  // The client has got a part of a message whose rest the server has not sent yet.
  bool within_message = false;
  // The server's farewell has been passed on to the client.
  bool fatal_relayed = false;
  // Nothing may be written to the client that is not a part of what the relay writes.
  [[nodiscard]] bool relay_busy() const { return relay_running || within_message; }

  // A denial was answered without the server: everything up to the next Sync is dropped, as the server would do.
  bool local_skip = false;

  // Syncs behind an Execute of which it is not known yet whether it reads COPY data: if it does, the server ignores
  // them (protocol.md, 5.4), so they are kept back until it is known.
  int held_syncs = 0;
  // The COPY at work reads, and has dropped as many; one of them counts after all if it fails before it reads.
  int dropped_syncs = 0;
  bool copy_data_sent = false;
};

}  // namespace sqlproxy::frontend
