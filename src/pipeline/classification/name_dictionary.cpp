#include "pipeline/classification/name_dictionary.hpp"

#include <algorithm>
#include <unordered_set>

namespace sqlproxy::pipeline {
namespace {

using WordSet = std::unordered_set<std::string_view>;

}  // namespace

bool takes_back_before(std::string_view word) {
  static const WordSet kWords = {
      "accept",    "accepts",    "allow",   "allowed", "allows",   "avg",       "brand",    "can",      "category",
      "confirmed", "count",      "default", "enable",  "enabled",  "file",      "fk",       "flag",     "had",
      "has",       "hide",       "image",   "invalid", "is",       "item",      "max",      "may",      "min",
      "missing",   "model",      "must",    "nb",      "need",     "needs",     "no",       "notify",   "num",
      "opted",     "product",    "public",  "receive", "receives", "requested", "require",  "required", "requires",
      "send",      "sends",      "sent",    "should",  "show",     "skip",      "sku",      "sum",      "template",
      "total",     "unverified", "use",     "uses",    "using",    "valid",     "verified", "verify",   "wants",
      "with",      "without"};
  return kWords.contains(word);
}

bool takes_back_behind(std::string_view word) {
  static const WordSet kWords = {
      "alert",        "alerts",       "algo",         "algorithm",    "app",           "application", "at",
      "attempt",      "attempts",     "audit",        "available",    "batch",         "body",        "bounced",
      "bounces",      "bucket",       "campaign",     "campaigns",    "category",      "changed",     "check",
      "checked",      "class",        "clicked",      "clicks",       "client",        "column",      "config",
      "confirmation", "confirmed",    "count",        "counter",      "country",       "counts",      "created",
      "currency",     "deleted",      "delivered",    "disabled",     "domain",        "domains",     "enabled",
      "event",        "events",       "exists",       "expiration",   "expired",       "expires",     "expiry",
      "field",        "file",         "files",        "fk",           "flag",          "format",      "frequency",
      "guid",         "hash_type",    "hidden",       "hint",         "history",       "host",        "icon",
      "id",           "ids",          "idx",          "image",        "index",         "invalid",     "job",
      "kind",         "known",        "label",        "lastsent",     "lastused",      "len",         "length",
      "level",        "limit",        "link",         "log",          "logs",          "mask",        "method",
      "methods",      "mode",         "modified",     "notification", "notifications", "on",          "opened",
      "opens",        "opt",          "optin",        "option",       "options",       "order",       "path",
      "pattern",      "percent",      "photo",        "platform",     "policies",      "policy",      "port",
      "position",     "pref",         "preference",   "preferences",  "prefix",        "prefs",       "present",
      "provider",     "public",       "queue",        "quota",        "rank",          "rate",        "rates",
      "ratio",        "ref",          "regex",        "region",       "reminder",      "reminders",   "required",
      "reset",        "resets",       "retries",      "rule",         "rules",         "sent",        "sentat",
      "seq",          "series",       "server",       "service",      "set",           "setting",     "settings",
      "size",         "software",     "source",       "state",        "status",        "strategy",    "subject",
      "subscribed",   "subscription", "template",     "templates",    "time",          "timestamp",   "total",
      "ts",           "ttl",          "type",         "types",        "unread",        "updated",     "uri",
      "url",          "usage",        "use",          "used",         "uses",          "uuid",        "valid",
      "validation",   "validator",    "verification", "verified",     "version",       "versions",    "visible",
      "zone"};
  return kWords.contains(word);
}

bool is_person(std::string_view word) {
  static const WordSet kWords = {
      "anstalld",   "applicant",   "attendee",  "author",    "beneficiary", "benutzer",    "billing",     "buyer",
      "candidate",  "citizen",     "client",    "cliente",   "clients",     "consultant",  "contact",     "customer",
      "dipendente", "doctor",      "donor",     "emergency", "empleado",    "employe",     "employee",    "father",
      "friend",     "funcionario", "guest",     "holder",    "klant",       "klient",      "kund",        "kunde",
      "kunden",     "lawyer",      "lead",      "manager",   "medewerker",  "member",      "mitarbeiter", "mother",
      "nurse",      "osoba",       "owner",     "paciente",  "pacjent",     "participant", "passenger",   "patient",
      "patienten",  "payee",       "payer",     "paziente",  "people",      "person",      "persona",     "personen",
      "persons",    "physician",   "pracownik", "pupil",     "recipient",   "resident",    "reviewer",    "seller",
      "sender",     "shipping",    "spouse",    "staff",     "student",     "subscriber",  "supervisor",  "teacher",
      "tenant",     "traveler",    "traveller", "user",      "usuario",     "utente",      "utilisateur", "uzytkownik",
      "voter"};
  if (word.ends_with('s') && kWords.contains(word.substr(0, word.size() - 1))) return true;
  return kWords.contains(word);
}

bool is_bare_name(std::string_view word) {
  static constexpr std::string_view kWords[] = {"name", "names", "nom", "nombre", "nome", "naam", "navn", "namn"};
  return std::ranges::find(kWords, word) != std::end(kWords);
}

}  // namespace sqlproxy::pipeline
