"""Whether a message is in another language than English, as far as common words and letters tell."""

import unicodedata

from taskchat.chat.offline.utterance import Utterance
from taskchat.chat.offline.vocabulary import words

_TELLING = {
    "Spanish": words("""
        el los las una unos que de del por para con mi mis tu es está son hola gracias adiós qué cómo tengo hacer tarea
        tareas lista añade añadir agrega borra muéstrame quiero necesito puedes buenos días leche y pero muy ayuda
    """),
    "French": words("""
        le les des une du et est sont que qui pour avec mon ma mes ton bonjour salut merci beaucoup oui je tu nous
        vous dans sur liste tâche tâches ajoute ajouter supprime montre montre-moi dois faire j'ai c'est peux aide quoi
    """),
    "German": words("""
        der das und ist sind ein eine einen einem für mit mein meine meiner meinen ich du wir ihr nicht auf hallo danke
        bitte ja nein liste aufgabe aufgaben füge hinzu lösche zeig zeige mir muss kannst was wie guten tag milch
        kaufen erledigt servus moin tschüss
    """),
    "Italian": words("""
        il lo gli uno una che di per con mio mia miei è sono ciao grazie aggiungi aggiungere lista attività elimina
        mostra mostrami devo fare puoi come cosa latte e ma molto buongiorno aiuto
    """),
    "Portuguese": words("""
        os uma que para com meu minha meus é são olá obrigado obrigada adiciona adicionar lista tarefa tarefas apaga
        mostra preciso fazer você como não sim leite e mas muito ajuda bom dia
    """),
    "Dutch": words("""
        het een en is zijn van voor met mijn jij ik wij niet op hallo dank dankjewel ja nee lijst taak taken voeg toe
        verwijder laat zien moet kun wat hoe melk doen graag
    """),
    "Polish": words("cześć dziękuję tak nie dodaj usuń pokaż lista listę zadanie zadania mleko jest moje moja i do na"),
    "Swedish": words("hej tack ja nej och är jag min mina lägg till ta bort visa lista listan mjölk på att det"),
    "Turkish": words("merhaba teşekkürler evet hayır ve bir ekle sil göster liste görev süt benim için lütfen nasıl"),
}  # fmt: skip
MIN_TELLING_WORDS = 2
MIN_SHARE = 0.4
MAX_LATIN_SHARE = 0.5


def is_foreign(spoken: Utterance) -> bool:
    """True where most letters are of another script, or enough words are of one other language."""
    letters = [character for character in spoken.text if character.isalpha()]
    latin = sum(unicodedata.name(character, "").startswith("LATIN") for character in letters)
    if letters and latin / len(letters) < MAX_LATIN_SHARE:
        return True
    hits = max((sum(word in known for word in spoken.words) for known in _TELLING.values()), default=0)
    share = hits / len(spoken) if spoken.words else 0
    return share >= MIN_SHARE and (hits >= MIN_TELLING_WORDS or hits == len(spoken))
