# What is wrong with a form, and the cure.
all-required = Sauf mention contraire, tous les champs sont obligatoires.
optional = (facultatif)
error-word = Erreur :
errors-title = { $n ->
    [one] Il y a { $n } erreur à corriger
   *[other] Il y a { $n } erreurs à corriger
 }
problem-empty = Remplissez ce champ.
problem-too-long = Raccourcissez ce texte : { $max } signes au plus.
problem-too-short = Allongez ce texte : { $min } signes au moins.
problem-not-chosen = Choisissez une réponse.
problem-not-ticked = Cochez cette case pour continuer.
problem-email = Écrivez une adresse complète, comme prenom.nom@ville.fr.
problem-handle-form = Utilisez 2 à 30 lettres sans accent, chiffres, tirets ou tirets bas, en commençant par une lettre.
problem-handle-taken = Cet identifiant est déjà pris : choisissez-en un autre.
problem-slug-form = Utilisez des lettres minuscules sans accent, des chiffres, des tirets et des tirets bas.
problem-slug-taken = Cette adresse est déjà prise : choisissez-en une autre.
problem-passwords-differ = Écrivez deux fois le même mot de passe.
problem-password-weak = Choisissez un mot de passe moins courant, qui ne contienne ni votre nom ni votre adresse.
problem-password-wrong = Ce n’est pas votre mot de passe actuel : essayez de nouveau.
problem-credentials = L’identifiant ou le mot de passe ne convient pas. Vérifiez-les, ou demandez un nouveau mot de passe.
problem-account-closed = Ce compte n’est pas ouvert. Écrivez à l’équipe par la page Contact.
problem-remote-address = Écrivez une adresse du Fédiverse, comme votrenom@serveur.
problem-remote-host = Ce serveur est introuvable : vérifiez son nom.
problem-remote-account = Ce serveur ne connaît pas ce compte : vérifiez l’adresse.
problem-remote-unsupported = Ce serveur ne permet pas de suivre depuis ici. Copiez l’adresse ci-dessus dans sa recherche.
problem-remote-timeout = Ce serveur n’a pas répondu à temps : essayez de nouveau dans un moment.
problem-remote-blocked = Ce serveur est bloqué par ce site.
problem-duplicate = Vous venez de publier ce même message.
problem-too-many-links = Votre compte est récent : un message peut contenir { $max } liens au plus.
problem-too-fast = Vous avez beaucoup écrit en peu de temps : attendez un moment.
problem-too-many-tags = Gardez { $max } étiquettes au plus.
problem-target-gone = Ce contenu n’existe plus.
problem-invalid = Cette valeur ne convient pas : vérifiez-la.
errors-of = { $label } :
problem-too-many-drafts = Vous avez déjà { $max } brouillons, c’est le nombre le plus grand. Supprimez-en un, ou publiez-le. Votre texte est toujours là.
problem-too-many-mentions = Votre compte est récent : un message peut citer { $max } personnes ou catégories au plus.
problem-new-member-hours = Votre compte est récent, et vous avez publié aujourd’hui autant qu’il le permet. Vous pourrez publier ce message dans { $n } heures environ ; enregistrez-le comme brouillon d’ici là.
problem-new-member-minutes = { $n ->
    [one] Votre compte est récent, et vous avez publié aujourd’hui autant qu’il le permet. Vous pourrez publier ce message dans { $n } minute ; enregistrez-le comme brouillon d’ici là.
   *[other] Votre compte est récent, et vous avez publié aujourd’hui autant qu’il le permet. Vous pourrez publier ce message dans { $n } minutes ; enregistrez-le comme brouillon d’ici là.
 }
problem-email-unchanged = C’est déjà votre adresse.
problem-file-refused = Ce type de fichier n’est pas accepté. Joignez une image JPEG, PNG, WebP ou GIF, ou un document PDF, ODT, ODS, ODP, TXT ou CSV dont le nom se termine en conséquence.
problem-file-broken = Cette image ne peut pas être lue : enregistrez-la de nouveau, en JPEG ou en PNG.
problem-file-too-large = Ce fichier est trop lourd : { $max } Mo au plus.
problem-too-many-pixels = Cette image est trop grande : { $max } millions de pixels au plus.
problem-too-many-files = Un message a { $max } fichiers au plus : retirez-en un.
problem-too-many-uploads = Vous avez envoyé beaucoup de fichiers en peu de temps. { $n ->
    [one] Attendez une minute.
   *[other] Attendez { $n } minutes.
 }
problem-file-gone = Un fichier de ce message n’est plus disponible : joignez-le de nouveau.
problem-no-alternative = Écrivez ce que l’image montre, ou cochez « Image décorative ».
problem-poll = Un sondage a de 2 à 10 réponses, différentes, de 100 signes au plus, et dure de 1 à 365 jours.
problem-days = Écrivez un nombre de jours, de 1 à 3650, ou laissez vide.
