# Topic page, posts, history of a post.
topic-pending = En attente de confirmation par { $host } : votre sujet y est envoyé, et sera lu ailleurs dès qu’il l’aura accepté.
see-answer = Voir la réponse retenue : message n° { $number } de { $author }
officials-title = Réponses officielles
official-of = Réponse officielle : { $organisation }
official-signed = signée par { $signer } le
official-superseded = remplacée par le message n° { $number }
official-declared = déclarée officielle par { $host }
post-by = Message n° { $number } de
post-number = n° { $number }
post-permalink = Lien permanent vers le message
post-edited = modifié le
post-history-of = , historique du message n° { $number }
post-original-of = , original du message n° { $number }
post-licence = Licence :
post-deleted = Ce message a été supprimé par son auteur le { $date }.
post-removed = Ce message a été retiré par la modération le { $date }.
post-removed-reason = Motif :
post-refused = { $host } n’a pas accepté ce message : il ne se lit que sur ce site.
post-refused-reason = Motif :
post-decision = Lire la décision
in-reply-to = En réponse au n° { $number }, de { $author }
answer-mark = Réponse retenue
reply = Répondre
quote = Citer
reply-to-whom = à { $author }, message n° { $number }
of-post = (message n° { $number } de { $author })
useful = Utile
bookmark = Signet
mark-answer = Retenir cette réponse
unmark-answer = Ne plus retenir
edit = Modifier
delete = Supprimer
remove = Retirer
restore = Rétablir
report = Signaler
replies-title-page = { $n ->
    [one] { $n } réponse, page { $page }
   *[other] { $n } réponses, page { $page }
 }
order-label = Ordre des réponses
order-flat = Par date
order-threads = Par fils
no-reply-yet = Personne n’a encore répondu.
no-reply-question = Pas encore de réponse. Vous pouvez être la première personne à aider, ou suivre le fil Atom du sujet pour être averti.
reply-title = Répondre
reply-elsewhere = Répondre depuis un autre compte
no-reply-sign-in = Connectez-vous pour répondre à ce sujet, ou répondez depuis un compte que vous avez ailleurs sur le Fédiverse.
no-reply-locked = Ce sujet est verrouillé : il reste lisible, mais n’accepte plus de réponse.
no-reply-archived = La catégorie est archivée : ce sujet n’accepte plus de réponse.
no-reply-read_only = Ce site est en lecture seule pour le moment. Revenez un peu plus tard pour répondre.
sign-in-to-reply = Se connecter pour répondre
topic-aside = À propos du sujet
topic-about = À propos du sujet
topic-moderate = Modérer ce sujet
topic-lock = Verrouiller
topic-unlock = Déverrouiller
topic-pin = Épingler
topic-unpin = Ne plus épingler
topic-related = Sujets proches
fact-category = Catégorie
fact-participants = Participants
fact-origin = Publié depuis
fact-licence = Licence
revisions-title = Historique du message n° { $number }
revisions-crumb = Historique
revisions-lead = Les versions du message de { $author }, de la plus récente à la plus ancienne.
revisions-back = Revenir au message
revisions-one = Ce message n’a qu’une version : il n’a jamais été modifié.
revision-number = Version { $number }
revision-reason = Raison de la modification :
diff-added = [ajouté :
diff-removed = [supprimé :
diff-end = ]
attachments = Fichiers joints
attachment-document = Document :
attachment-image = Image :
attachment-video = Vidéo :
attachment-audio = Son :
attachment-link = Lien :
attachment-no-alt = (sans texte de remplacement)
topic-follow = Suivre le sujet
topic-unfollow = Ne plus suivre le sujet
topic-mute = Mettre en sourdine
topic-unmute = Lever la sourdine
topic-follow-all = Vous suivez ce sujet : chaque réponse vous est signalée.
topic-follow-mentions = Les réponses à vos messages et les mentions de votre nom vous sont signalées.
topic-follow-mute = Ce sujet est en sourdine : rien ne vous en est signalé.
reply-off = Retirer
participants-more = { $n ->
    [one] et { $n } autre
   *[other] et { $n } autres
 }
poll-title = Sondage
poll-choose-one = Choisissez une réponse
poll-choose-many = Choisissez une ou plusieurs réponses
poll-vote = Voter
poll-results = Voir les résultats
poll-mine = votre vote
poll-count = { $n ->
    [one] { $n } vote ({ $percent } %)
   *[other] { $n } votes ({ $percent } %)
 }
poll-voters = { $n ->
    [one] { $n } personne a voté.
   *[other] { $n } personnes ont voté.
 }
poll-closed = Le sondage est clos.
poll-ends = Le sondage se termine le
poll-elsewhere = Les votes sont comptés par { $host }.
warning-show = Avertissement : { $warning }
reactions-title = Réactions
reaction-count = { $n ->
    [one] donnée par { $n } personne
   *[other] données par { $n } personnes
 }
mark-official = Rendre officielle
unmark-official = Ne plus rendre officielle
topic-move = Déplacer
topic-merge = Fusionner
topic-move-title = Déplacer le sujet
topic-move-lead = Le sujet garde son adresse et ses réponses. Vers une catégorie d’un autre serveur, c’est ce serveur qui décide de le prendre.
field-move-category = Nouvelle catégorie
topic-move-button = Déplacer
merge-title = Fusionner le sujet
merge-lead = Tous les messages de ce sujet passent à la suite d’un autre. L’adresse d’ici y conduira.
field-merge-target = L’autre sujet
field-merge-target-hint = Son adresse, comme https://forum.example/t/123.
merge-button = Fusionner
post-split = Scinder ici
post-ban = Exclure l’auteur
split-title = Faire un sujet du message { $number }
split-lead = Le message ouvre un sujet dans la même catégorie. Chaque message garde son adresse.
field-split-along = Ce qui suit le message
split-answers = Les réponses à ce message, et leurs réponses
split-following = Tous les messages d’après
split-button = Scinder
quoted-title = Message cité
quoted-in = , dans
quoted-link = Cite
quoted-waiting = (en attente de l’accord de l’auteur)
quotes-link = Qui cite ce message
quotes-title = Qui cite le message n° { $number }
quotes-crumb = Citations
quotes-lead = Ces messages montrent le vôtre. Vous pouvez reprendre votre accord : ils ne montreront plus qu’un lien.
quotes-none = Aucune citation
quotes-none-text = Personne ne cite ce message pour le moment.
quote-revoke = Reprendre l’accord
