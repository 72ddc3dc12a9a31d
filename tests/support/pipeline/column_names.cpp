#include "tests/support/pipeline/column_names.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace sqlproxy::pipeline::testing {
namespace {

struct Bases {
  std::string_view tag;
  std::string_view names;  // a space between two
};

constexpr Bases kPersonal[] = {
    {"PII.Email",
     "email e_mail email_address mail_address contact_email work_email correo_electronico courriel "
     "adresse_email indirizzo_email e_post recovery_email paypal_email emailid"},
    {"PII.Phone",
     "phone phone_number mobile mobile_phone cell_phone telephone home_phone work_phone_number fax_number "
     "telefon telefonnummer handynummer telefono numero_telefono celular msisdn tel_no phone_1 mobilnummer"},
    {"PII.Name",
     "first_name last_name full_name surname given_name family_name middle_name maiden_name nickname vorname "
     "nachname prenom nom_de_famille apellidos nombre_completo cognome sobrenome voornaam achternaam imie "
     "nazwisko fornamn efternamn contact_name customer_name patient_name cardholder_name emergency_contact_name"},
    {"PII.Address",
     "address street_address address_line_1 address2 home_address billing_address shipping_address street "
     "house_number zip_code postal_code postcode strasse hausnummer plz postleitzahl anschrift code_postal "
     "direccion codigo_postal domicilio indirizzo endereco adres kod_pocztowy"},
    {"PII.BirthDate",
     "date_of_birth birth_date birthday dob birth_year geburtsdatum date_de_naissance date_naissance "
     "fecha_nacimiento fecha_de_nacimiento data_nascita data_nascimento geboortedatum data_urodzenia"},
    {"PII.SSN", "ssn social_security_number social_security_no ssn_last4"},
    {"PII.NationalId",
     "national_id tax_id national_insurance_number nino id_card_number identity_number steuer_id "
     "personalausweisnummer sozialversicherungsnummer numero_securite_sociale dni nif codice_fiscale "
     "cpf bsn pesel personnummer aadhaar_number curp"},
    {"PII.CreditCard",
     "credit_card credit_card_number card_number cc_number card_no debit_card cvv kreditkartennummer "
     "numero_carte numero_tarjeta primary_account_number"},
    {"PII.IBAN", "iban iban_number bank_iban"},
    {"PII.Financial",
     "salary base_salary annual_income wage net_worth credit_score bank_account bank_account_number "
     "account_number routing_number sort_code gehalt kontonummer salaire sueldo stipendio"},
    {"PII.IPAddress", "ip ip_address client_ip remote_addr source_ip last_login_ip ipv4 ipv6_address"},
    {"PII.MacAddress", "mac_address mac_addr hw_address"},
    {"PII.DeviceId", "device_id imei imsi idfa android_id device_uuid device_fingerprint advertising_id"},
    {"PII.Passport", "passport passport_number passport_no reisepass_nr numero_passeport pasaporte numero_pasaporte"},
    {"PII.DriverLicense",
     "driver_license drivers_license_number driving_licence fuehrerschein_nr permis_de_conduire dl_number"},
    {"PII.Gender", "gender sex geschlecht sexe genero gender_identity"},
    {"PII.SpecialCategory", "ethnicity religion sexual_orientation political_party trade_union"},
    {"PII.Health",
     "diagnosis diagnosis_code blood_type medication allergies medical_record_number icd10_code disability "
     "blutgruppe medical_history health_insurance_number vaccination_status"},
    {"PII.UserName", "username user_name login_name screen_name benutzername"},
    {"Credential.Password",
     "password passwd user_password pwd passphrase passwort mot_de_passe contrasena senha wachtwoord"},
    {"Credential.Token", "access_token refresh_token auth_token api_token session_token reset_token id_token"},
    {"Credential.Key", "api_key secret_key private_key client_secret encryption_key access_key_id"},
    {"Credential.Hash", "password_hash hashed_password encrypted_password pwd_hash password_salt"},
};

constexpr std::string_view kImpersonal =
    "id uuid created_at updated_at deleted_at status state type kind name title description product_name file_name "
    "host_name "
    "table_name column_name event_name brand_name category_name model_name color size weight height width length price "
    "amount quantity total subtotal tax discount currency order_id order_number invoice_no sku barcode ean isbn "
    "version "
    "revision build_number commit_hash file_hash content_hash checksum etag md5 sha256 url image_url link slug path "
    "mime_type content_type extension language locale timezone country_code region_code latitude_delta priority rank "
    "score "
    "rating likes views clicks impressions ctr position sort_order index_no page_count token_count tokens_used "
    "max_tokens "
    "key primary_key foreign_key sort_key partition_key cache_key object_key is_active is_deleted has_email "
    "email_verified "
    "email_sent_at email_count email_template_id email_opt_in phone_verified phone_type password_changed_at "
    "password_expires_at password_policy address_id address_type address_count card_type card_count ip_version "
    "ip_count "
    "passport_required gender_id token_expires_at token_type session_id request_id trace_id span_id parent_id "
    "tenant_id "
    "customer_id user_id account_id product_id item_id device_type device_count device_name birth_count name_length "
    "notes "
    "comment body message subject text content payload data metadata attributes tags labels settings config options "
    "start_date end_date due_date ship_date expires_at published_at valid_from valid_to duration interval period "
    "warehouse stock inventory reorder_level supplier_id vendor_id manufacturer shipment_id carrier tracking_no "
    "temperature humidity pressure voltage current power speed distance altitude depth latency throughput error_code "
    "error_count retry_count http_status method user_agent referrer campaign_id channel source medium utm_source "
    "variant "
    "experiment feature_flag enabled visible public locked archived mail_server email_domain microphone saxophone "
    "class_name classification assembly passive compass passenger_count address_book_version monkey turkey keyboard "
    "telephony_enabled bipartite shipping_method shipping_cost billing_cycle billing_period street_view_url "
    "mobile_enabled "
    "macro machine_id strategy ipsum tipping genderless surname_count domain hostname port protocol bucket queue topic "
    "offset partition shard replica node cluster zone region namespace schema database table_count row_count "
    "byte_count";

enum class Style { snake, camel, pascal, upper, kebab };

std::string written(std::string_view base, Style style) {
  std::string out;
  bool starts = style == Style::pascal;
  for (const char c : base) {
    if (c == '_' && (style == Style::camel || style == Style::pascal)) {
      starts = true;
      continue;
    }
    if (c == '_' && style == Style::kebab) {
      out.push_back('-');
      continue;
    }
    const bool upper = style == Style::upper || std::exchange(starts, false);
    out.push_back(upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c);
  }
  return out;
}

template <class Take>
void each_name(std::string_view names, Take take) {
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(' '));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    take(name);
  }
}

}  // namespace

std::vector<NamedColumn> column_names() {
  std::vector<NamedColumn> columns;
  const auto add = [&](const std::string& base, std::string_view tag) {
    for (const Style style : {Style::snake, Style::camel, Style::pascal, Style::upper, Style::kebab}) {
      columns.push_back({written(base, style), tag});
    }
  };
  for (const Bases& bases : kPersonal) {
    each_name(bases.names, [&](std::string_view name) {
      for (const std::string_view prefix : {"", "customer_", "billing_", "u_", "old_"}) {
        add(std::string(prefix) + std::string(name), bases.tag);
      }
    });
  }
  each_name(kImpersonal, [&](std::string_view name) {
    for (const std::string_view prefix : {"", "t_", "prev_", "new_"}) add(std::string(prefix) + std::string(name), "");
  });
  return columns;
}

}  // namespace sqlproxy::pipeline::testing
