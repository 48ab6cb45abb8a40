# Pages that answer with an error.
status-bad_request = Demande incomprise
status-bad_request-text = L’adresse ou le formulaire contient une valeur que le site ne comprend pas. Revenez en arrière et essayez de nouveau.
status-unauthorized = Connexion nécessaire
status-unauthorized-text = Connectez-vous pour voir cette page. Vous y reviendrez ensuite.
status-forbidden = Accès réservé
status-forbidden-text = Cette page ou cette action est réservée à d’autres personnes que vous.
status-forbidden-next = Si vous pensez y avoir droit, écrivez à l’équipe de modération par la page Contact : elle vous dira quelle règle s’applique et comment faire.
status-not_found = Page introuvable
status-not_found-text = Cette adresse ne mène à rien. Elle a peut-être été mal recopiée. Cherchez plutôt :
status-gone = Contenu supprimé
status-gone-deleted = Ce contenu a été supprimé par son auteur.
status-gone-deleted-on = Ce contenu a été supprimé par son auteur le { $date }.
status-gone-removed = Ce contenu a été retiré par la modération.
status-gone-removed-on = Ce contenu a été retiré par la modération le { $date }.
status-gone-account = Ce compte a été supprimé.
status-gone-account-on = Ce compte a été supprimé le { $date }.
status-gone-next = Son adresse ne servira à rien d’autre.
status-too_large = Envoi trop volumineux
status-too_large-text = La limite est de { $limit } Mo. Réduisez votre envoi et essayez de nouveau.
status-expired = Formulaire expiré
status-expired-text = La page était ouverte depuis trop longtemps : par sécurité, rien n’a été envoyé. Votre texte est là ; copiez-le, puis reprenez le formulaire.
status-expired-button = Reprendre le formulaire
status-too_many = Trop de demandes
status-too_many-text = { $n ->
    [one] Attendez { $n } minute, puis essayez de nouveau.
   *[other] Attendez { $n } minutes, puis essayez de nouveau.
 }
status-internal = Une erreur s’est produite
status-internal-text = Elle vient du site, pas de vous. L’équipe en est avertie ; essayez de nouveau dans un moment.
status-unavailable = Site momentanément indisponible
status-unavailable-text = Le site revient bientôt. Rien de ce qui est publié n’est perdu.
status-incident = Numéro à indiquer si vous nous écrivez :
status-read_only = Site en lecture seule
status-read_only-text = Tout reste lisible, mais rien ne peut être écrit pour le moment. Gardez votre texte et revenez un peu plus tard.
status-sign-in = Se connecter et revenir
status-expired-resend = La page était ouverte depuis trop longtemps, ou vous vous êtes connecté entre-temps : par sécurité, rien n’a été envoyé. Tout ce que vous aviez rempli est gardé ; relisez et renvoyez.
status-signed_in = Votre texte vous attend
status-signed_in-text = Vous êtes connecté. Rien n’a encore été envoyé : relisez ce que vous aviez écrit, puis renvoyez-le.
resend-text = Votre texte
resend-button = Envoyer de nouveau
