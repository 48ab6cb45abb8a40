# Why an action is refused.
denied-inactive = Votre compte n’est pas encore ouvert : confirmez votre adresse ou attendez l’accord de l’équipe.
denied-suspended = Ce compte est suspendu.
denied-blocked = Ce serveur est bloqué ici.
denied-locked = Ce sujet est fermé : il ne prend plus de réponses.
denied-archived = Cette catégorie est archivée : elle se lit, mais on n’y écrit plus.
denied-restricted = Seule l’équipe de modération ouvre des sujets dans cette catégorie.
denied-not-author = Seul l’auteur peut le faire.
denied-not-moderator = Seule l’équipe de modération peut le faire.
denied-not-admin = Seule l’équipe d’administration peut le faire.
denied-registration-closed = Les inscriptions sont closes.
denied-not-ours = Ce contenu appartient à un autre serveur, qui est seul à pouvoir le changer.
denied-moved = Vous avez indiqué que ce compte a déménagé : il se lit, mais n’écrit plus. Vous pouvez y revenir dans vos réglages.
denied-last-admin = Un site garde toujours un administrateur : nommez d’abord quelqu’un d’autre.
denied-poll-closed = Ce sondage est clos : il ne prend plus de votes.
denied-voted = Vous avez déjà voté : un vote ne se change pas.
denied-official = Une réponse officielle ne se modifie plus après 15 minutes : publiez-en une nouvelle, qui la remplacera.
denied-banned = Vous êtes exclu de cette catégorie, ou de ce site : vous pouvez lire, mais pas y participer.
