# Category page.
category-archived = Cette catégorie est archivée : elle reste lisible, mais n’accepte plus de message.
category-filling = Cette catégorie se remplit : { $done } { $done ->
    [one] sujet
   *[other] sujets
} sur environ { $total }.
category-filling-open = Cette catégorie se remplit : { $done } { $done ->
    [one] sujet
   *[other] sujets
} pour l’instant.
category-unreachable = Le nœud { $host } ne répond pas depuis le { $date } : vous lisez une copie.
category-edit = Modifier la catégorie
category-topics = Sujets
category-aside = À propos de la catégorie
category-take-part = Participer depuis le Fédiverse
category-fediverse = Cette catégorie est un groupe du Fédiverse. Depuis Mastodon ou une application compatible, cherchez <strong class="mono">{ $handle }</strong> et suivez-la : vous recevrez ses nouveaux sujets et pourrez y répondre. Pour ouvrir un sujet, mentionnez cette adresse dans un message public.
category-charter = Charte
category-links = Catégories reliées
category-moderators = Modération
link-waiting = en attente d’accord
category-empty = Aucun sujet pour l’instant
category-empty-text = Les sujets de cette catégorie apparaîtront ici. Soyez la première personne à poser une question.
category-no-match = Aucun sujet avec ces filtres
category-no-match-text = Élargissez la recherche en retirant un filtre.
new-topic = Nouveau sujet
filter-sort = Tri
filter-kind = Type
filter-state = État
filter-tag = Étiquette
filter-language = Langue
filter-all = Tous
filter-apply = Appliquer
filter-reset = Retirer les filtres
filter-state-solved = Résolus
filter-state-unanswered = Sans réponse
sort-active = Dernière activité
sort-new = Plus récents
sort-top = Plus utiles
