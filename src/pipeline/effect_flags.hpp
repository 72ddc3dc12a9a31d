#pragma once

namespace sqlproxy::pipeline {

// What running something (a function, a statement, the code behind a relation) may leave behind on its server
// connection once the transaction is over, or may end there. Sound rather than exact: a flag that is not set is a
// promise, one that is set is a possibility. Plain data of two bytes.
struct EffectFlags {
  // A setting of the session (also role and session authorization): SET, RESET, set_config(..., false).
  bool settings : 1 = false;
  // An object in the session's pg_temp, of any kind.
  bool temporary : 1 = false;
  // DECLARE ... WITH HOLD.
  bool held_cursor : 1 = false;
  // A session-level advisory lock. Releasing one is `ends_state`.
  bool advisory_lock : 1 = false;
  // A sequence position that currval() and lastval() of this connection show: nextval, setval, defaults.
  bool sequence_written : 1 = false;
  // The answer depends on such a position. Leaves nothing.
  bool sequence_read : 1 = false;
  // The seed of random().
  bool seed : 1 = false;
  // Code loaded into the server process: LOAD, CREATE EXTENSION, functions in C. What the first call of a function's
  // language or library loads is not counted: it cannot be told from one that was called before.
  bool library : 1 = false;
  // LISTEN, UNLISTEN.
  bool listens : 1 = false;
  // An SQL-level prepared statement made or dropped: PREPARE, DEALLOCATE, DISCARD ALL (Statement::prepared and
  // ::discard tell which). EXECUTE does neither.
  bool names : 1 = false;
  // May end what pins a session: DROP, CLOSE, DISCARD, UNLISTEN, unlocking. Leaves nothing.
  bool ends_state : 1 = false;
  // Something that not even DISCARD ALL undoes: the connection is of no use to anybody else.
  bool lasting : 1 = false;
  // Code that is not seen through: any of the above may be done by it.
  bool opaque : 1 = false;

  constexpr EffectFlags& operator|=(EffectFlags other) {
    settings = settings || other.settings;
    temporary = temporary || other.temporary;
    held_cursor = held_cursor || other.held_cursor;
    advisory_lock = advisory_lock || other.advisory_lock;
    sequence_written = sequence_written || other.sequence_written;
    sequence_read = sequence_read || other.sequence_read;
    seed = seed || other.seed;
    library = library || other.library;
    listens = listens || other.listens;
    names = names || other.names;
    ends_state = ends_state || other.ends_state;
    lasting = lasting || other.lasting;
    opaque = opaque || other.opaque;
    return *this;
  }
  friend constexpr EffectFlags operator|(EffectFlags a, EffectFlags b) { return a |= b; }
  friend constexpr bool operator==(EffectFlags, EffectFlags) = default;

  // Nothing that the next user of the connection could meet, sequence positions aside.
  [[nodiscard]] constexpr bool clean() const {
    return !settings && !temporary && !held_cursor && !advisory_lock && !seed && !library && !listens && !names &&
           !lasting && !opaque;
  }
};

inline constexpr EffectFlags kOpaque{.opaque = true};
// Of what is not understood at all.
inline constexpr EffectFlags kEveryEffect{.settings = true,
                                          .temporary = true,
                                          .held_cursor = true,
                                          .advisory_lock = true,
                                          .sequence_written = true,
                                          .sequence_read = true,
                                          .seed = true,
                                          .library = true,
                                          .listens = true,
                                          .names = true,
                                          .ends_state = true,
                                          .lasting = true,
                                          .opaque = true};

}  // namespace sqlproxy::pipeline
