# Parts that several pages show.
language-label = Langue :
author-deleted = Compte supprimé
affiliation-agent = Agent public
affiliation-community = Communauté du logiciel libre
affiliation-vendor = Éditeur
affiliation-services = Société de services
affiliation-research = Recherche et enseignement
affiliation-citizen = Citoyenne, citoyen
affiliation-unstated = Rattachement non précisé
affiliation-verified = Organisation vérifiée
affiliation-past = (au moment du message)
proof-declared = rattachement déclaré
proof-domain = domaine de messagerie vérifié
proof-sso = rattachement vérifié par { $provider }
proof-delegate = rattachement confirmé par l’organisation
kind-discussion = Discussion
kind-question = Question
kind-practice = Bonne pratique
state-pinned = Épinglé
state-locked = Verrouillé
state-solved = Résolu
state-official = Réponse officielle
state-archived = Archivée
tag-label = Étiquette :
topic-removed = Sujet retiré
from-host = publié depuis { $host }
category-from = venue de { $host }
see-original = Voir la catégorie d’origine sur { $host }
count-replies = { $n ->
    [one] { $n } réponse
   *[other] { $n } réponses
 }
count-topics = { $n ->
    [one] { $n } sujet
   *[other] { $n } sujets
 }
count-posts = { $n ->
    [one] { $n } message
   *[other] { $n } messages
 }
count-people = { $n ->
    [one] { $n } personne
   *[other] { $n } personnes
 }
count-useful = { $n ->
    [one] Utile pour { $n } personne
   *[other] Utile pour { $n } personnes
 }
last-activity = Dernière activité :
follow = Suivre
unfollow = Ne plus suivre
follow-pending = Demande envoyée : annuler
follow-pending-word = demande envoyée
follow-elsewhere = Suivre depuis un autre compte
pager-label = Pages de la liste
pager-previous = Page précédente
pager-next = Page suivante
pager-position = Page { $page } sur { $pages }
audience-public = Public : lisible par toutes et tous, copié sur d’autres serveurs. Les autres serveurs sont prévenus d’une suppression mais peuvent garder leur copie.
audience-public_here = Public : lisible par toutes et tous, sur ce site seulement.
audience-agents = Réservé aux agents publics vérifiés.
audience-partners = Réservé aux organisations : { $organisations }.
handle-label = Adresse à copier dans votre application
copy = Copier
copied = Copié
feed-atom = Fil Atom de la catégorie
feed-atom-topic = Fil Atom du sujet
licence-reminder = Ce que vous publiez est placé sous
megabytes = { $whole },{ $tenth } Mo
proof-elsewhere = rattachement déclaré par son serveur
affiliation-short-agent = agent public
affiliation-short-community = logiciel libre
affiliation-short-vendor = éditeur
affiliation-short-services = société de services
affiliation-short-research = recherche
audience-members = Réservé aux personnes qui ont un compte ici.
audience-followers = Réservé aux personnes que le serveur de la catégorie a acceptées.
