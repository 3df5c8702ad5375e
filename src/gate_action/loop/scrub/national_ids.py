"""The identifiers that states give to persons: their shape, who checks them, and the words that they come with."""

from importlib import import_module
from typing import NamedTuple


class NationalId(NamedTuple):
    """``checked_by``: a module of python-stdnum. ``written``: the spelling that needs no word beside it, if any: it is
    checked. Beside one of ``words`` the shape is enough: a number with a slip of the pen is still somebody's.
    """

    kind: str
    checked_by: str
    pattern: str
    written: str = ""
    words: str = ""

    def is_valid(self, text: str) -> bool:
        return not self.checked_by or bool(import_module(f"stdnum.{self.checked_by}").is_valid(text))


def _digits(*groups: int) -> str:
    """Groups of digits with one separator between them, or none."""
    return r"[ .\-/]?".join(rf"\d{{{count}}}" for count in groups)


def _apart(separator: str, *groups: int) -> str:
    return separator.join(rf"\d{{{count}}}" for count in groups)


_MBI = "[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"

NATIONAL_IDS = (
    NationalId(
        "us_ssn", "us.ssn", _digits(3, 2, 4), _apart("[- .]", 3, 2, 4), r"ssn|\bsocial\b|soc\.? sec|seguro social"
    ),
    NationalId("us_itin", "us.itin", _digits(3, 2, 4), _apart("-", 3, 2, 4), r"itin|taxpayer"),
    NationalId(
        "de_tax_id", "de.idnr", _digits(2, 3, 3, 3), _apart("[ ]", 2, 3, 3, 3), r"steuer|tax|idnr|identifikationsnummer"
    ),
    NationalId(
        "de_rvnr",
        "",
        r"\d{2} ?\d{6} ?[A-Za-z] ?\d{3}",
        r"\d\d ?(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d ?[A-Z] ?\d{3}",
    ),
    NationalId("gb_nhs", "gb.nhs", _digits(3, 3, 4), _apart("[ ]", 3, 3, 4), r"nhs|health service|patient"),
    NationalId(
        "gb_nino",
        "",
        r"[A-Za-z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-Za-z]",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
        r"national insurance|\bnino\b|\bni (?:no|number)",
    ),
    NationalId("fr_nir", "fr.nir", r"[12][ .-]?\d{2}[ .-]?\d{2}[ .-]?\d[\dAB][ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{2}", ".*"),
    NationalId("es_dni", "es.dni", r"\d{2}\.?\d{3}\.?\d{3}[ -]?[A-Za-z]", ".*"),
    NationalId("es_nie", "es.nie", r"[XYZxyz][ -]?\d{7}[ -]?[A-Za-z]", ".*"),
    NationalId(
        "it_codice_fiscale",
        "it.codicefiscale",
        r"[A-Za-z]{3} ?[A-Za-z]{3} ?[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2} ?[A-Za-z][0-9A-Za-z]{3}[A-Za-z]",
        ".*",
    ),
    NationalId("nl_bsn", "nl.bsn", _digits(4, 2, 3) + r"|\d{3}[ .]\d{3}[ .]\d{3}", "", r"bsn|burgerservice|sofi"),
    NationalId("br_cpf", "br.cpf", r"\d{3}\.?\d{3}\.?\d{3}[- ]?\d{2}", ".*"),
    NationalId("br_cnpj", "br.cnpj", r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}", ".*"),
    NationalId("in_aadhaar", "in_.aadhaar", _digits(4, 4, 4), _apart("[ -]", 4, 4, 4), r"aadhaa?r|uidai|\buid\b"),
    NationalId("in_pan", "in_.pan", r"[A-Za-z]{3}[ABCFGHLJPTabcfghljpt][A-Za-z]\d{4}[A-Za-z]", ".*"),
    NationalId("pl_pesel", "pl.pesel", r"\d{11}", "", r"pesel"),
    NationalId(
        "se_personnummer", "se.personnummer", r"(?:\d{2})?\d{6}[-+]?\d{4}", r"(?:\d{2})?\d{6}[-+]\d{4}", r"person"
    ),
    NationalId("be_nn", "be.nn", r"\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}", ".*"),
    NationalId("ch_ahv", "ch.ssn", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}", ".*"),
    NationalId("at_svnr", "at.vnr", r"\d{4}[ -]?\d{6}", "", r"sv-?n|sozialversicherung|versicherungsnummer"),
    NationalId("dk_cpr", "dk.cpr", r"\d{6}[- ]?\d{4}", "", r"cpr|personnummer"),
    NationalId("fi_hetu", "fi.hetu", r"\d{6}[-+AaBCDEFYXWVU]\d{3}[0-9A-Ya-y]", ".*"),
    NationalId("no_fodselsnummer", "no.fodselsnummer", r"\d{6}[ ]?\d{5}", ".*"),
    NationalId("ca_sin", "ca.sin", _digits(3, 3, 3), "", r"\bsin\b|social insurance|assurance sociale|\bnas\b"),
    NationalId("au_tfn", "au.tfn", r"\d{3} ?\d{3} ?\d{2,3}", "", r"tfn|tax file"),
    NationalId("mx_curp", "mx.curp", r"[A-Za-z]{4}\d{6}[HMhmXx][A-Za-z]{5}[0-9A-Za-z]\d", ".*"),
    NationalId("ar_cuit", "ar.cuit", r"\d{2}[- ]?\d{8}[- ]?\d", r"\d{2}-\d{8}-\d", r"cui[tl]"),
    NationalId("cl_rut", "cl.rut", r"\d{1,2}\.?\d{3}\.?\d{3}-[\dKk]", r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]", r"\bru[tn]\b"),
    NationalId("tr_tckn", "tr.tckimlik", r"\d{11}", "", r"kimlik|tckn|t\.?c\.?"),
    NationalId(
        "cn_ric", "iso7064.mod_11_2", r"\d{17}[\dXx]", rf"\d{{6}}(?:19|20)\d\d{_MONTH_DAY}\d{{3}}[\dXx]", r"身份证"
    ),
    NationalId("kr_rrn", "", r"\d{6}-?\d{7}", rf"\d\d{_MONTH_DAY}-[1-8]\d{{6}}", r"rrn|resident|주민등록"),
    NationalId("za_id", "za.idnr", r"\d{6} ?\d{4} ?\d{3}", "", r"\bid\b|identity"),
    NationalId("pt_nif", "pt.nif", r"\d{3} ?\d{3} ?\d{3}", "", r"\bnif\b|contribuinte"),
    NationalId("ie_pps", "ie.pps", r"\d{7}[A-Wa-w][A-Ia-iWw]?", "", r"pps"),
    NationalId("ro_cnp", "ro.cnp", r"[1-9]\d{12}", "", r"\bcnp\b|cod numeric"),
    NationalId("cz_rc", "cz.rc", r"\d{6}/?\d{3,4}", r"\d{6}/\d{4}", r"rodne"),
    NationalId("il_id", "il.idnr", r"\d{9}", "", r"teudat|israeli id"),
    NationalId("bg_egn", "bg.egn", r"\d{10}", "", r"egn|егн"),
    NationalId("gr_amka", "gr.amka", r"\d{11}", "", r"amka|αμκα"),
    NationalId("my_nric", "my.nric", r"\d{6}-?\d{2}-?\d{4}", r"\d{6}-\d{2}-\d{4}", r"nric|mykad"),
    NationalId("jp_my_number", "jp.in_", _digits(4, 4, 4), "", r"my ?number|個人番号|マイナンバー"),
    NationalId("th_pin", "th.pin", r"\d-?\d{4}-?\d{5}-?\d{2}-?\d", r"\d-\d{4}-\d{5}-\d{2}-\d", r"thai id"),
    NationalId("hr_oib", "hr.oib", r"\d{11}", "", r"\boib\b"),
    NationalId(
        "passport",
        "",
        r"[A-Za-z]{0,2}\d{6,9}[A-Za-z]?|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}",
        "",
        r"passe?port|reisepass|pasaporte|passaporto|paspoort|паспорт",
    ),
    NationalId(
        "id_card",
        "",
        r"[A-Za-z]{0,3}\d{6,10}[A-Za-z]?\d?|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}",
        "",
        r"(?:personal)?ausweis|identity card|id card|carte d'identite|carta d'identita",
    ),
    NationalId(
        "driving_licence",
        "",
        r"[A-Za-z]{0,5}\d{5,9}[0-9A-Za-z]{0,9}",
        "",
        r"driv\w* licen[cs]e|driver'?s licen[cs]e|fuhrerschein|permis de conduire|patente di guida|rijbewijs",
    ),
    NationalId("us_ein", "us.ein", r"\d{2}-?\d{7}", "", r"\bein\b|employer id|federal tax"),
    NationalId(
        "us_mbi",
        "",
        rf"[1-9]{_MBI}[0-9A-Za-z]\d-?{_MBI}[0-9A-Za-z]\d-?{_MBI}{_MBI}\d{{2}}",
        rf"[1-9]{_MBI}[0-9A-Za-z]\d-{_MBI}[0-9A-Za-z]\d-{_MBI}{_MBI}\d{{2}}",
        r"medicare|\bmbi\b",
    ),
    NationalId(
        "patient_number",
        "",
        r"[A-Za-z]{0,3}[ -]?\d{5,12}",
        "",
        r"\bmrn\b|medical record|patient (?:id|no|num)|insurance (?:id|no|num)|member id|policyholder|krankenversich"
        r"|versichertennummer",
    ),
    NationalId(
        "vehicle", "", r"[A-HJ-NPR-Za-hj-npr-z0-9]{11}\d{6}", "", r"\bvin\b|vehicle id|chassis|fahrgestell|\bfin\b"
    ),
    NationalId(
        "licence_plate",
        "",
        r"[A-Za-z]{1,3}[ -]?[A-Za-z]{0,2}[ -]?\d{1,4}[ -]?[A-Za-z]{0,3}|\d{1,4}[ -]?[A-Za-z]{1,3}[ -]?\d{0,4}",
        "",
        r"(?:licen[cs]e|number|registration) plate|kennzeichen|immatriculation|\btarga\b|placa",
    ),
    NationalId("device", "imei", r"\d{2}[- ]?\d{6}[- ]?\d{6}[- ]?\d", r"\d{2}-\d{6}-\d{6}-\d", r"imei"),
)
