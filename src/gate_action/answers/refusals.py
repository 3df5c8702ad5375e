"""How a refusal sounds in English, German, French and Spanish. A heuristic: words, not meaning."""

import unicodedata

import re2

from gate_action.answers.texts import Search


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_NOT_ABLE = rf"(?:not {_any('able permitted allowed authorised authorized')}|not in a position|unable) to"
_CANNOT = r"(?:can't|cannot|can not|won't|will not|couldn't|could not|must not|may not)"
_DO = _any(
    "help assist provide share answer respond do comply fulfil fulfill give offer discuss disclose support generate"
    " create write produce tell reveal process complete continue engage advise recommend access handle talk say find"
)
_DO_FOR_US = _any("help assist answer disclose discuss share")
"""Fewer words after "we": "we cannot offer refunds after 30 days" is an answer."""
_SOME = _any("any enough that this the sufficient")
_RULES = _any("guidelines policy policies rules principles programming")
_ENGLISH = (
    rf"\bi(?: am|'m) (?:sorry,? but i(?: am|'m) )?{_NOT_ABLE}\b",
    r"\bi (?:won't|will not) be able to\b",
    rf"\bwe(?: are|'re) {_NOT_ABLE} {_DO_FOR_US}\b",
    rf"\bi (?:{_any('really simply just unfortunately also')} )?{_CANNOT} (?:\w+ )?{_DO}\b",
    rf"\bwe {_CANNOT} {_DO_FOR_US}\b",
    r"\bi (?:must |have to |need to |will have to |'ll have to |respectfully )?(?:decline|refuse)\b",
    r"\bi(?:'d| would) (?:rather|prefer) not\b",
    r"\b(?:that|this|it)(?:'s| is) (?:not something|nothing) (?:that )?(?:i|we) can\b",
    rf"\b(?:against|violates?) my {_RULES}\b",
    rf"\bmy {_RULES} (?:do(?:es)? not|don't|doesn't) (?:permit|allow)\b",
    r"\b(?:outside|beyond) (?:of )?(?:my|our|the) (?:scope|expertise|remit)\b",
    r"\bi (?:do not|don't) (?:actually )?know\b",
    rf"\bi (?:do not|don't) have (?:{_SOME} )?{_any('information details data answer access')}\b",
    r"\b(?:no|not enough) (?:relevant )?information (?:is |was )?(?:available|found)\b",
)
_KANN = _any("kann konnen koennen konnte konnten darf durfen duerfen werde werden")
_TUN = _any(
    "helfen weiterhelfen beantworten antworten nennen geben sagen mitteilen herausgeben unterstutzen erteilen finden"
    " tun machen"
)
_NICHT = rf"(?:[^\s.!?]+ ){{0,6}}?(?:nicht|nichts|keine?n?)\b[^.!?]{{0,60}}\b{_TUN}"
_WISSEN = _any("information informationen angaben auskunft auskunfte")
_GERMAN = (
    rf"\b(?:ich|wir) {_KANN} {_NICHT}\b",
    rf"\b{_KANN} (?:ich|wir) {_NICHT}\b",
    r"\b(?:ich bin|wir sind|bin ich|sind wir) (?:leider )?nicht (?:in der lage|befugt|berechtigt)\b",
    r"\bweiss ich (?:leider )?nicht\b|\bich weiss (?:es |das |dies )?(?:leider )?nicht\b",
    rf"\b(?:habe ich|haben wir|liegen mir|liegen uns|ich habe|wir haben) (?:[^\s.!?]+ ){{0,3}}?keine {_WISSEN}\b",
    rf"\bkeine (?:passenden )?{_WISSEN} (?:gefunden|vorhanden|verfugbar)\b",
    r"\b(?:muss ich|ich muss) (?:[^\s.!?]+ ){0,4}?ablehnen\b|\blehne ich (?:[^\s.!?]+ ){0,3}?ab\b",
)
_FRENCH = (
    r"\bje ne (?:peux|puis|pourrai|saurais) (?:malheureusement )?(?:pas|rien)\b",
    r"\bnous ne pouvons (?:malheureusement )?pas (?:vous )?(?:aider|repondre|communiquer|divulguer)\b",
    r"\bje ne suis (?:malheureusement )?pas (?:en mesure|capable|autorisee?)\b",
    r"\bje n'ai (?:malheureusement )?pas (?:d'informations?|acces|le droit|trouve|cette information|assez)\b",
    r"\bje ne dispose pas (?:de|d')|\bje prefere ne pas\b",
    r"\bje n'ai rien trouve\b|\bje ne (?:le )?sais pas\b|\bil m'est impossible\b",
    r"\bje (?:dois|me dois de) (?:refuser|decliner)\b|\bje (?:refuse|decline)\b",
)
_HACER = _any(
    "ayudar responder proporcionar dar compartir hacer revelar decir ofrecer contestar facilitar atender continuar"
)
_SPANISH = (
    rf"\bno (?:puedo|podre|podria) (?:\w+ ){{0,2}}?{_HACER}\w*\b",
    r"\bno podemos (?:ayudar|responder|compartir|revelar)\w*\b",
    r"\bno estoy (?:autorizad[oa]|en condiciones|capacitad[oa])\b|\bno me es posible\b",
    r"\bno (?:lo se|se la respuesta)\b|\bno (?:tengo|dispongo de) (?:suficiente |esa )?(?:informacion|acceso|datos)\b",
    r"\bno (?:he encontrado|encontre|encuentro)\b|\b(?:debo|tengo que) (?:rechazar|declinar|negarme)\b",
)
_ANY = "|".join((*_ENGLISH, *_GERMAN, *_FRENCH, *_SPANISH))


def fold(text: str) -> str:
    """In small letters, without accents, on one line: ``Können`` is ``konnen``, ``weiß`` is ``weiss``."""
    plain = Search(ignore_case=True, ignore_whitespace=True).fold(text)
    return "".join(char for char in unicodedata.normalize("NFD", plain) if unicodedata.category(char) != "Mn")


def find_refusal(folded: str) -> str:
    """The first words in a folded text that sound like a refusal; empty if none do."""
    match = re2.search(_ANY, folded)
    return str(match.group()) if match else ""
