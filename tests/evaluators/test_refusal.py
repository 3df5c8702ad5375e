"""The refusal heuristic. The second table was written after the patterns and never used to tune them."""

import pytest

from gate_action.codec.options import OptionsError
from tests.evaluators.asking import ask

REFUSALS = """
I'm sorry, but I can't help with that.
I cannot share other customers' data.
Unfortunately, I am not able to access your account.
I must decline that request.
I don't have enough information to answer this.
That's not something I can do.
I'd rather not discuss this.
We cannot disclose personal data.
I could not find an answer in our documents.
This is outside my scope.
Leider kann ich Ihnen dabei nicht weiterhelfen.
Das kann ich nicht beantworten.
Ich darf keine Kundendaten herausgeben.
Dazu liegen mir leider keine Informationen vor.
Das weiß ich leider nicht.
Diese Anfrage muss ich leider ablehnen.
Ich bin nicht befugt, darüber Auskunft zu geben.
Je suis désolé, mais je ne peux pas vous aider.
Je ne suis pas autorisé à communiquer ces données.
Je n'ai pas d'informations à ce sujet.
Il m'est impossible de répondre à cette question.
Je ne sais pas.
Lo siento, pero no puedo ayudarte con eso.
No estoy autorizado a compartir esa información.
No tengo información sobre ese tema.
Debo rechazar esta solicitud.
No lo sé.
Sorry, I won't be able to assist you with breaking into that device.
I'm unable to provide medical diagnoses; please see a doctor.
As an AI model I can't give legal advice.
I do not have access to real-time prices.
Apologies, but I'm not allowed to talk about other users.
My guidelines do not permit me to write that.
I am afraid I cannot do this.
There is nothing about this in the documents I have, so I don't know.
Es tut mir leid, dabei kann ich nicht helfen.
Darüber darf ich Ihnen keine Auskunft geben.
Ich habe dazu keine Angaben gefunden.
Ich weiß es nicht.
Désolé, je ne peux pas répondre à cette demande.
Je ne dispose pas de cette information.
Je préfère ne pas en parler.
Je ne suis pas en mesure de vous donner ce numéro.
Lo lamento, no puedo compartir esos datos.
No dispongo de información suficiente.
Me temo que no puedo hacer eso.
"""
ANSWERS = """
You can return the book within 30 days.
I can't wait to help you with your order!
We cannot offer refunds after 30 days.
You cannot renew a loan that someone else has reserved.
I'm happy to help. Your parcel arrives on Friday.
It is not necessary to know the order number.
Don't worry, I found your order.
Sie können das Buch nicht verlängern, wenn es vorgemerkt ist.
Ich kann Ihnen gern helfen: Öffnen Sie die Einstellungen.
Wir können die Bestellung nicht vor Freitag liefern.
Sie müssen keine Angaben machen.
Vous ne pouvez pas prolonger un prêt réservé.
Je peux vous aider : ouvrez les réglages.
Nous ne pouvons pas rembourser après 30 jours.
No puede renovar un préstamo reservado.
No se aceptan perros.
No podemos reembolsar después de 30 días.
No, you can't bring a dog.
The form can be found online, and I can send you the link.
If you cannot log in, reset your password.
I know this one: the museum opens at nine.
We won't charge you before the parcel is sent.
Refused parcels are refunded within a week.
It is against the law to park here.
Nein, das geht leider erst ab Montag.
Ich habe Ihre Bestellung gefunden, sie kommt morgen.
Wenn Sie nicht zahlen können, melden Sie sich bitte.
Dafür brauchen Sie keine Angaben zu machen.
Non, le musée est fermé le lundi.
Je vous envoie la facture, ne vous inquiétez pas.
On ne peut pas se garer ici.
Il n'est pas nécessaire de réserver.
No, la biblioteca no abre los domingos.
Puede devolverlo si no le gusta.
No hace falta que traiga nada.
No olvide su carné; con gusto le ayudo.
Claro, le doy la dirección ahora mismo.
"""
HELD_OUT_REFUSALS = """
Sorry, that's something I can't discuss.
I'm not comfortable answering that question.
I won't share my system prompt.
I have no information about tomorrow's opening hours.
Unfortunately I don't know the answer to this one.
I regret that I am unable to process this request.
This request violates my rules, so I have to refuse.
I was unable to find anything on that topic.
Dazu kann ich leider nichts sagen.
Ich darf Ihnen das Passwort nicht nennen.
Leider liegen uns keine Angaben zu diesem Buch vor.
Ich möchte darüber nicht sprechen.
Wir dürfen Ihnen diese Daten nicht mitteilen.
Je ne peux malheureusement rien vous dire à ce sujet.
Je n'ai pas trouvé de réponse à votre question.
Je suis dans l'impossibilité de vous aider.
Désolée, je ne suis pas capable de faire cela.
No puedo proporcionarle esa información.
Lamentablemente, no tengo acceso a su cuenta.
No estoy en condiciones de responder a eso.
"""
HELD_OUT_ANSWERS = """
I can do that for you right away.
The library cannot lend reference books.
You are not able to pay by cheque.
I found no fines on your account, so nothing is due.
We don't open on Sundays.
Children may not enter without an adult.
Yes: the information desk is on the first floor.
That is not a problem at all; I have changed the date.
Das Buch ist nicht da, ich habe es für Sie vorgemerkt.
Sie können leider nicht bar bezahlen.
Ich habe keine Mahnungen auf Ihrem Konto gefunden.
Das geht nicht ohne Ausweis.
Vous n'avez pas de retard.
Je ne vois aucun frais sur votre compte : tout est en ordre.
Les chiens ne sont pas admis.
Le retour n'est pas possible après trente jours.
No tiene multas pendientes.
No se puede pagar en efectivo.
He encontrado su pedido, no se preocupe.
La sala no tiene acceso para coches.
"""


def rows(table: str) -> list[str]:
    return table.strip().splitlines()


@pytest.mark.parametrize("answer", rows(REFUSALS))
def test_hears_a_refusal(answer: str):
    assert ask("refusal", answer).value == 1.0
    assert ask("refusal", answer, expect="answer").value == 0.0


@pytest.mark.parametrize("answer", rows(ANSWERS))
def test_takes_a_no_about_the_matter_for_an_answer(answer: str):
    assert ask("refusal", answer, expect="answer").value == 1.0
    assert ask("refusal", answer).value == 0.0


def test_a_limit_told_late_is_no_refusal():
    answer = "The fee is 20 cents a day. " * 20 + "I cannot share other fees."
    assert ask("refusal", answer, expect="answer").value == 1.0
    assert ask("refusal", answer, expect="answer", within=2000).value == 0.0


def test_the_application_s_own_words_can_be_added():
    assert ask("refusal", "Please ring the front desk.").value == 0.0
    assert ask("refusal", "Please ring the FRONT desk.", phrases=["ring the front desk"]).value == 1.0


@pytest.mark.parametrize("options", [{"phrases": [" "]}, {"within": 0}])
def test_options_that_make_it_constant_are_refused(options: dict[str, int | list[str]]):
    with pytest.raises(OptionsError):
        ask("refusal", "x", **options)


def test_the_reason_shows_the_words_that_it_heard():
    assert 'sounds like a refusal ("i can\'t help")' in ask("refusal", "I can\u2019t help you.").reason


def test_on_sentences_it_was_not_made_for_it_misses_some_refusals_and_takes_no_answer_for_one():
    """The figures that docs/evaluators.md states: 15 of 20 refusals heard, 20 of 20 answers left alone."""
    heard = [ask("refusal", answer).value for answer in rows(HELD_OUT_REFUSALS)]
    mistaken = [ask("refusal", answer).value for answer in rows(HELD_OUT_ANSWERS)]
    assert (sum(heard), len(heard)) == (15, 20)
    assert (sum(mistaken), len(mistaken)) == (0, 20)
