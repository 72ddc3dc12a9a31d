#include "pipeline/classification/name_dictionary.hpp"

namespace sqlproxy::pipeline {
namespace {

// Terms as NameWords makes them of a name: lower case, no accents, no separators; a space between two.
constexpr NameTerms kTerms[] = {
    {BuiltinTag::email, TermUse::stem, "email emailaddress"},
    {BuiltinTag::email, TermUse::words,
     "adresemail adresmail adressecourriel adresseemail adressemail contactemail correio correioeletronico "
     "correo correoelectronico courriel eaddress elektronnayapochta emailaddr emailadresse emailid emails "
     "epost eposta epostadress epostadresse gmail indirizzoemail mail mailaddr mailaddress mailadresse mailbox "
     "mailid mails pochta postaelettronica useremail почта электроннаяпочта эпочта "
     "メール メールアドレス 电子邮件 邮件 邮箱 이메일"},
    {BuiltinTag::phone, TermUse::stem,
     "cellphone handynummer mobileno mobilenumber mobiltelefon phoneno phonenumber telefonnummer "
     "telefoonnummer telephone"},
    {BuiltinTag::phone, TermUse::words,
     "cellnumber cellulare celular ceptelefonu cepteli contactno contactnumber dienstnummer faxno faxnumber "
     "gsm handynr homephone mobile mobilephone mobilnummer mobiltelefonnummer msisdn nrtelefonu "
     "numerodetelefono numerodetelephone numerotelefone numerotelefono numerotelephone numertelefonu numtel "
     "numtelefono phone phone1 phone2 phonenr phonenum phones puhelin puhelinnumero rufnummer tel telefon "
     "telefone telefonnr telefono telefonszam telefonu telefoon telephonenumber telno telnr telnum telportable "
     "whatsapp whatsappnumber workphone контактныйтелефон мобильный "
     "номертелефона телефон 手机 手机号 手机号码 电话 电话号码 電話番号 "
     "전화번호 휴대폰"},
    {BuiltinTag::phone, TermUse::whole, "cell fax handy mobil"},
    {BuiltinTag::name, TermUse::stem,
     "achternaam apellido cognome familyname firstname fullname givenname lastname maidenname middlename "
     "nachname prenom sobrenome surname voornaam vorname"},
    {BuiltinTag::name, TermUse::words,
     "accountholder accountholdername adisoyadi adsoyad ansprechpartner apellidomaterno apellidopaterno "
     "apellidos beneficiaryname birthname cardholder cardholdername christianname contactname contactperson "
     "displayedname efternamn etternamn etternavn etunimi familienname familiya fio firstnames fname forename "
     "forenames fornamn fornavn geburtsname guestname holdername imie imieinazwisko imienazwisko imya jmeno "
     "keresztnev lastnames legalname lname mellemnavn mname naamklant nameoncard nazwisko nickname "
     "nombrecliente nombrecompleto nombres nombreusuario nomclient nomcomplet nomdefamille nomdenaissance "
     "nomecliente nomecompleto nomeecognome nomfamille nomusage otchestvo payeefullname payeename payername "
     "personname prijmeni primeironome primerapellido realname recipientname roepnaam segundoapellido "
     "sendername signatory soyad soyadi sukunimi tussenvoegsel ultimonome vezeteknev vollername "
     "vollstandigername имя отчество фамилия фио 名前 名字 姓 姓名 氏名 성명 "
     "이름"},
    {BuiltinTag::name, TermUse::whole, "naam namn navn nom nombre nome"},
    {BuiltinTag::user_name, TermUse::words,
     "anvandarnamn benutzername brugernavn brukernavn gebruikersnaam kullaniciadi login loginid loginname "
     "logon nombredeusuario nomdutilisateur nomutilisateur nutzername screenname userlogin username "
     "usuario uzytkownik логин 用户名"},
    {BuiltinTag::user_name, TermUse::whole, "handle"},
    {BuiltinTag::address, TermUse::stem,
     "billingaddress homeaddress mailingaddress postaladdress postalcode postcode shippingaddress "
     "streetaddress zipcode"},
    {BuiltinTag::address, TermUse::words,
     "addr address address1 address2 address3 addresses addressline addressline1 addressline2 addressline3 "
     "adres adresi adresregistracii adress adresse adressen adressepostale adreszamieszkania anschrift bairro "
     "calle codepostal codicepostale codigopostal deliveryaddress direccion direccionpostal domicile domicilio "
     "endereco gateadresse gatuadress geolocation hausnr hausnummer homelocation houseno housenr housenumber "
     "huisnummer indirizzo iranyitoszam katuosoite kodpocztowy lakcim latlong lieferadresse logradouro mahalle "
     "numerdomu osoite plz postadress postakodu postinumero postleitzahl postnr postnummer rechnungsadresse "
     "residentialaddress residenza rue sokak straat straatnaam strasse strassenname street street1 street2 "
     "streetname streetno streetnumber ulica ulice vejnavn wohnanschrift wohnort woonplaats zip zippostal "
     "адрес индекс улица 住址 住所 地址 郵便番号 우편번호 주소"},
    {BuiltinTag::address, TermUse::whole, "cap cep psc via"},
    {BuiltinTag::birth_date, TermUse::stem,
     "birthdate birthday birthdt datadenascimento datadinascita datanascimento datanascita dataurodzenia "
     "datedenaissance datenaissance dateofbirth fechadenacimiento fechanacimiento geboortedatum geburtsdatum "
     "geburtstag"},
    {BuiltinTag::birth_date, TermUse::words,
     "bdate bday birth birthmonth birthyear born borndate bornon datanarozeni datarozhdeniya datumnarozeni "
     "dayofbirth dob dogumtarihi dtnasc dtnascimento fodelsedatum fodselsdag fodselsdato gebdat gebdatum "
     "monthofbirth nacimiento naissance nascita syntymaaika szuletesidatum yearofbirth "
     "датарождения 出生年月 出生日期 生年月日 生日 誕生日 생년월일"},
    {BuiltinTag::ssn, TermUse::stem, "socialsecurity"},
    {BuiltinTag::ssn, TermUse::words,
     "last4ssn socialinsurancenumber socialsecurityno socialsecuritynumber socsec socsecno ssn ssnlast4 ssns "
     "ssnumber"},
    {BuiltinTag::national_id, TermUse::stem,
     "codicefiscale nationalid nationalinsurance personalausweis personnummer taxpayerid"},
    {BuiltinTag::national_id, TermUse::words,
     "aadhaar aadhaarnumber aadhar aadharno ahv ahvnr ahvnummer amka ausweisnr ausweisnummer bsn "
     "burgerservicenummer cedula citizenid citizenshipnumber cpf cpfcnpj cpr cprnr cprnummer curp dni "
     "documentoidentidad emso fodselsnummer governmentid govid govtid henkilotunnus hetu idcard idcardno "
     "idcardnumber identitycard identityno identitynumber idnr idnumber insee itin jmbg kimlikno mynumber "
     "nationalidno nationalidnumber nationalinsurancenumber nie nif nin nino nir nric nrpesel numdocumento "
     "numerodni numerodocumento numeroidentificacion numerosecu numerosecuritesociale numerpesel numsecu panno "
     "pannumber personalausweisnummer personnr pesel rfc rijksregisternummer rodnecislo rvnummer "
     "securitesociale sinnumber snils socialinsurance sozialversicherungsnummer ssnit steuerid "
     "steueridentifikationsnummer steuernummer svnr svnummer taxid taxidnumber taxno taxnumber "
     "taxpayeridnumber tckimlik tckimlikno tin инн снилс マイナンバー 身份证 身份证号 "
     "身份证号码 주민등록번호"},
    {BuiltinTag::national_id, TermUse::whole, "cnp egn inn oib rg"},
    {BuiltinTag::credit_card, TermUse::stem, "cardno cardnumber creditcard kreditkarte"},
    {BuiltinTag::credit_card, TermUse::words,
     "cardcvc cardcvv cardnr cardnum cardpan cardsecuritycode cardverification cartacredito cartadicredito "
     "cartaocredito cartebancaire cartecredit ccexp ccno ccnum ccnumber creditcardexpiry creditcardno "
     "creditcardnumber cvc cvc2 cvv cvv2 debitcard kartennr kartennummer kartno kortnummer kredikarti "
     "kreditkartennummer numerocarta numerocartao numerocarte numerodecarte numerotarjeta numtarjeta "
     "primaryaccountnumber tarjetacredito номеркарты 信用卡 信用卡号 信用卡号码 卡号"},
    {BuiltinTag::credit_card, TermUse::whole, "cc pan tarjeta"},
    {BuiltinTag::iban, TermUse::words, "bankiban iban ibancode ibanno ibannumber"},
    {BuiltinTag::financial, TermUse::words,
     "abarouting accno accountbalance accountno accountnum accountnumber acctno acctnum acctnumber "
     "annualincome annualsalary bankaccount bankaccountno bankaccountnumber bankacct bankacctno bankbalance "
     "bankcode bankverbindung basesalary bic blz bonuspayment bruttogehalt compensation comptebancaire "
     "contabancaria contocorrente creditlimit creditrating creditscore cuentabancaria einkommen fico ficoscore "
     "gehalt gelir grosssalary hourlywage householdincome income ingresos inkomen jahresgehalt kontonr "
     "kontonummer loanamount lohn lonn monthlyincome monthlysalary netincome netsalary networth nomina nrkonta "
     "numcuenta numerkonta numerocompte numeroconto numerocuenta numerrachunku payrate pension pensionamount "
     "pensja reddito rekeningnummer routingno routingnumber salaire salaries salario salaris salary sortcode "
     "stipendio sueldo swiftcode wage wages wynagrodzenie zarobki доход зарплата 工资 年収 "
     "給与 给与 薪水 薪资 银行卡号 银行账号 급여"},
    {BuiltinTag::financial, TermUse::whole, "maas renda revenu rib swift"},
    {BuiltinTag::ip_address, TermUse::stem, "ipaddr ipaddress"},
    {BuiltinTag::ip_address, TermUse::words,
     "adresip adresseip clientaddr clientip destip direccionip dstip forwardedfor hostip indirizzoip inetaddr "
     "ip ipadr ipadresse ipv4 ipv4address ipv6 ipv6address ip地址 lastip loginip peerip remoteaddr "
     "remoteaddress remoteip sourceip srcip userip xforwardedfor"},
    {BuiltinTag::mac_address, TermUse::stem, "macaddress"},
    {BuiltinTag::mac_address, TermUse::words,
     "bluetoothmac bssid ethernetaddress hardwareaddress hwaddr hwaddress mac macaddr macadr macadresse "
     "wifimac"},
    {BuiltinTag::device_id, TermUse::stem, "deviceid deviceuuid imeinumber"},
    {BuiltinTag::device_id, TermUse::words,
     "adid advertiserid advertisingid androidid browserfingerprint devicefingerprint deviceguid "
     "deviceidentifier deviceserial deviceserialnumber gaid geraeteid gerateid hardwareid hwid iccid idfa idfv "
     "imei imei1 imei2 imsi meid simnumber simserial udid 设备id 设备号"},
    {BuiltinTag::passport, TermUse::stem, "pasaporte passaporto passeport passportn reisepass"},
    {BuiltinTag::passport, TermUse::words,
     "nrpaszportu numeropasaporte numeropassaporto numeropasseport numerpaszportu numpasseport pasaport "
     "pasaportno paspoort paspoortnr paspoortnummer passaporte passinumero passnr passnummer passport "
     "passportid passportno passportnr passportnum passportnumber passports paszport reisepassnr "
     "reisepassnummer utlevel номерпаспорта паспорт パスポート 护照 护照号 "
     "护照号码 旅券番号 여권번호"},
    {BuiltinTag::driver_license, TermUse::stem,
     "driverlicence driverlicense driverslicence driverslicense drivinglicence drivinglicense fuehrerschein "
     "fuhrerschein"},
    {BuiltinTag::driver_license, TermUse::words,
     "ajokortti carnetconducir carteirahabilitacao cnh dlno dlnum dlnumber driverlic driverlicenseno "
     "driverlicensenumber driverslicensenumber ehliyet ehliyetno forerkort forerkortnummer fuhrerscheinnr "
     "fuhrerscheinnummer korkort korkortsnummer licenciaconducir licenciadeconducir nrprawajazdy numeropermis "
     "patentedipuida patenteguida permisconduire permisdeconduire permisoconducir permisodeconducir prawojazdy "
     "rijbewijs rijbewijsnummer водительскоеудостоверение 運転免許証 驾照 "
     "驾驶证 驾驶证号"},
    {BuiltinTag::gender, TermUse::stem, "geschlecht"},
    {BuiltinTag::gender, TermUse::words,
     "anrede biologicalsex cinsiyet civilite gender gendercode genderidentity genere genero geslacht kjonn "
     "plec pohlavi pronoun pronouns salutation sesso sex sexcode sexe sexo sukupuoli пол 性別 性别 "
     "성별"},
    {BuiltinTag::gender, TermUse::whole, "nem pol"},
    {BuiltinTag::special_category, TermUse::stem, "politicalopinion sexualorientation"},
    {BuiltinTag::special_category, TermUse::words,
     "biometricdata biometrics criminalrecord ethnicgroup ethnicity ethnicorigin ethnicrace etnia faceid "
     "facetemplate fingerprintdata geneticdata gewerkschaft konfession origineethnique politicalaffiliation "
     "politicalparty politicalview raca raza religiao religion religione religionszugehorigkeit "
     "religiousaffiliation religiousbelief tradeunion unionmember unionmembership vorstrafen"},
    {BuiltinTag::special_category, TermUse::whole, "race"},
    {BuiltinTag::health, TermUse::stem, "bloodgroup bloodtype diagnos medicalhistory medicalrecord"},
    {BuiltinTag::health, TermUse::words,
     "alergia alergias allergen allergien allergies allergy befund bloedgroep bloodpressure bloodsugar "
     "blutgruppe bmi bodyweight choroba disabilities disability disabilitystatus disease diseases doenca "
     "drugname enfermedad farmaci glucose groupesanguin grupakrwi gruposanguineo grupposanguigno hastalik "
     "healthcondition healthinsurance healthinsuranceid healthinsurancenumber healthstatus heartrate hiv "
     "hivstatus icd icd10 icd10code icd9 icdcode illness immunization immunizations insurancenumber kangrubu "
     "krankenkasse krankenversicherung krankenversicherungsnummer krankheit kvnr labresult labresults maladie "
     "malattia medicaidid medicalcondition medicalconditions medicalrecordnumber medicament medicamento "
     "medicamentos medicaments medicare medicareid medicarenumber medication medications medikament "
     "medikamente mentalhealth mrn nhs nhsno nhsnumber patientno patientnumber pregnancy pregnant "
     "prescribeddrug prescription prescriptions psychiatric smokingstatus symptom symptoms testresult therapy "
     "traitement treatmentplan vaccination vaccinations vaccinationstatus versichertennummer ziekte "
     "группакрови диагноз 病历 病历号 血型 血液型 診断 诊断 진단"},
    {BuiltinTag::health, TermUse::whole, "dosage surgery"},
    {BuiltinTag::password, TermUse::stem,
     "contrasena kennwort motdepasse passphrase passwd password passwort wachtwoord"},
    {BuiltinTag::password, TermUse::words,
     "adgangskode adminpassword claveacceso contrasenya dbpass dbpassword haslo heslo initialpassword jelszo "
     "loginpassword losenord lozinka mdp parola passcode passord pincode pinnumber plainpassword psw pswd pwd "
     "rootpassword salasana senha sifre temppassword userpass userpwd пароль パスワード 口令 "
     "密码 비밀번호"},
    {BuiltinTag::password, TermUse::whole, "clave pass pin"},
    {BuiltinTag::token, TermUse::stem, "accesstoken authtoken bearertoken refreshtoken"},
    {BuiltinTag::token, TermUse::words,
     "activationtoken apitoken authcode authorizationcode backupcodes confirmationtoken csrftoken devicetoken "
     "idtoken invitationtoken invitetoken jwt jwttoken logintoken magiclink mfacode oauthtoken onetimepassword "
     "otp otpcode passwordresettoken pushtoken recoverycode recoverycodes remembertoken resettoken "
     "securityanswer securityquestionanswer sessioncookie sessionkey sessiontoken token totp verificationtoken"},
    {BuiltinTag::key, TermUse::stem, "apikey privatekey secretkey"},
    {BuiltinTag::key, TermUse::words,
     "2fasecret accesskey accesskeyid apisecret appsecret awskey awssecret clientsecret connectionstring "
     "consumersecret credential credentials cryptokey encryptionkey geheimnis hmackey jwtsecret keymaterial "
     "masterkey mfasecret oauthsecret otpsecret pgpkey schluessel secret secretaccesskey servicekey "
     "sharedsecret signingkey signingsecret sshkey sshprivatekey symmetrickey totpsecret twofactorsecret "
     "webhooksecret"},
    {BuiltinTag::key, TermUse::whole, "dsn"},
    {BuiltinTag::hash, TermUse::stem, "encryptedpassword hashedpassword passwdhash passworddigest passwordhash"},
    {BuiltinTag::hash, TermUse::words,
     "cryptedpassword cryptpassword digestpassword encryptedpwd hashedpwd passhash passwordcrypt passwordsalt "
     "passwordverifier pwdhash pwdsalt pwhash pwsalt rolpassword scramverifier"},
    {BuiltinTag::hash, TermUse::whole, "salt"},
};

}  // namespace

std::span<const NameTerms> name_terms() {
  return kTerms;
}

}  // namespace sqlproxy::pipeline
