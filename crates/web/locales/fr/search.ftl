# Search.
search-title = Recherche
search-title-for = Recherche : { $query }
search-words = Mots à chercher
search-words-hint = Des mots, ou une adresse du Fédiverse comme @soutien@serveur.
search-type = Chercher parmi
search-type-topic = Sujets
search-type-post = Messages
search-type-category = Catégories
search-type-person = Personnes
search-author = Publié par (identifiant)
search-affiliation = Rattachement
search-solved = Résolus seulement
search-sort-relevance = Pertinence
search-sort-date = Date
search-count-topic = { $n ->
    [one] { $n } sujet trouvé
   *[other] { $n } sujets trouvés
 }
search-count-post = { $n ->
    [one] { $n } message trouvé
   *[other] { $n } messages trouvés
 }
search-count-category = { $n ->
    [one] { $n } catégorie trouvée
   *[other] { $n } catégories trouvées
 }
search-count-person = { $n ->
    [one] { $n } personne trouvée
   *[other] { $n } personnes trouvées
 }
search-none = Rien ne correspond
search-none-text = Essayez moins de mots, un autre type de contenu, ou retirez un filtre. Vous pouvez aussi poser la question dans une catégorie.
search-pager = Pages de résultats
search-remote = Cette adresse semble appartenir à un autre serveur.
search-remote-button = Voir ici ce contenu distant
search-remote-sign-in = Se connecter pour voir ici ce contenu distant
remote-not_found = Ce contenu est introuvable sur l’autre serveur : vérifiez l’adresse.
remote-refused = L’autre serveur a refusé de donner ce contenu.
remote-blocked = Ce serveur est bloqué par ce site.
remote-timeout = L’autre serveur n’a pas répondu à temps : essayez de nouveau dans un moment.
filter-all-f = Toutes
tag-follow = Suivre l’étiquette « { $tag } »
tag-unfollow = Ne plus suivre l’étiquette « { $tag } »
