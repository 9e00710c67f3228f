"""The words of the sample's comments, per language in the order of `plan.LANGUAGES`: en, de, fr, es, it, nl.

`ABOUT` holds one good and one bad sentence per driver, in the order of `surveys.DRIVERS`; the rest speak in general.
"""

from typing import Final

ABOUT: Final = (
    (
        ("My manager listens and has my back.", "My manager is never there when it matters."),
        ("The workload is well balanced.", "The workload is far too high, week after week."),
        ("I can see where I am going here.", "I see no way forward for me here."),
        ("I feel fairly paid.", "My pay has fallen well behind."),
        ("Good work gets noticed.", "Nobody notices what I do."),
        ("I feel at home in this team.", "I feel like a stranger in this team."),
        ("I would gladly recommend us.", "I could not recommend this place right now."),
        ("My start was well prepared.", "My first weeks were chaotic."),
        ("I leave on good terms.", "I leave because nothing changed."),
    ),
    (
        (
            "Meine Führungskraft hört zu und steht hinter mir.",
            "Meine Führungskraft ist nie da, wenn es darauf ankommt.",
        ),
        ("Die Arbeit ist gut verteilt.", "Die Arbeitslast ist seit Wochen viel zu hoch."),
        ("Ich sehe hier einen Weg für mich.", "Ich sehe hier keine Perspektive mehr."),
        ("Ich fühle mich fair bezahlt.", "Mein Gehalt ist weit zurückgeblieben."),
        ("Gute Arbeit wird gesehen.", "Niemand sieht, was ich leiste."),
        ("Ich fühle mich im Team zu Hause.", "Im Team fühle ich mich fremd."),
        ("Ich empfehle uns gern weiter.", "Derzeit kann ich uns nicht empfehlen."),
        ("Mein Einstieg war gut vorbereitet.", "Meine ersten Wochen waren ein Durcheinander."),
        ("Ich gehe im Guten.", "Ich gehe, weil sich nichts geändert hat."),
    ),
    (
        ("Mon responsable écoute et me soutient.", "Mon responsable n'est jamais là quand il le faut."),
        ("La charge de travail est bien répartie.", "La charge de travail est beaucoup trop lourde."),
        ("Je vois bien mon avenir ici.", "Je ne vois plus d'avenir ici."),
        ("Je me sens payé correctement.", "Mon salaire a pris beaucoup de retard."),
        ("Le bon travail est remarqué.", "Personne ne voit ce que je fais."),
        ("Je me sens bien dans cette équipe.", "Je me sens à part dans cette équipe."),
        ("Je nous recommande volontiers.", "Je ne peux pas nous recommander en ce moment."),
        ("Mon arrivée était bien préparée.", "Mes premières semaines étaient confuses."),
        ("Je pars en bons termes.", "Je pars parce que rien n'a changé."),
    ),
    (
        ("Mi jefe escucha y me apoya.", "Mi jefe nunca está cuando hace falta."),
        ("La carga de trabajo está bien repartida.", "La carga de trabajo es demasiado alta."),
        ("Veo un camino para mí aquí.", "No veo ningún futuro aquí."),
        ("Siento que me pagan bien.", "Mi sueldo se ha quedado muy atrás."),
        ("El buen trabajo se reconoce.", "Nadie se fija en lo que hago."),
        ("Me siento en casa en este equipo.", "Me siento fuera de lugar en este equipo."),
        ("Nos recomiendo con gusto.", "Ahora mismo no podría recomendarnos."),
        ("Mi llegada estaba bien preparada.", "Mis primeras semanas fueron un caos."),
        ("Me voy en buenos términos.", "Me voy porque nada cambió."),
    ),
    (
        ("Il mio capo ascolta e mi sostiene.", "Il mio capo non c'è mai quando serve."),
        ("Il lavoro è ben distribuito.", "Il carico di lavoro è troppo alto da settimane."),
        ("Vedo una strada per me qui.", "Qui non vedo più prospettive."),
        ("Mi sento pagato in modo giusto.", "Il mio stipendio è rimasto molto indietro."),
        ("Il buon lavoro viene notato.", "Nessuno nota quello che faccio."),
        ("Mi sento a casa in questa squadra.", "Mi sento un estraneo in questa squadra."),
        ("Ci consiglio volentieri.", "In questo momento non potrei consigliarci."),
        ("Il mio inizio era ben preparato.", "Le mie prime settimane sono state confuse."),
        ("Me ne vado in buoni rapporti.", "Me ne vado perché nulla è cambiato."),
    ),
    (
        ("Mijn leidinggevende luistert en staat achter me.", "Mijn leidinggevende is er nooit als het erop aankomt."),
        ("Het werk is goed verdeeld.", "De werkdruk is al weken veel te hoog."),
        ("Ik zie hier een weg voor mij.", "Ik zie hier geen toekomst meer."),
        ("Ik voel me eerlijk betaald.", "Mijn salaris is ver achtergebleven."),
        ("Goed werk wordt gezien.", "Niemand ziet wat ik doe."),
        ("Ik voel me thuis in dit team.", "Ik voel me een vreemde in dit team."),
        ("Ik beveel ons graag aan.", "Ik kan ons nu niet aanbevelen."),
        ("Mijn start was goed voorbereid.", "Mijn eerste weken waren rommelig."),
        ("Ik vertrek op goede voet.", "Ik vertrek omdat er niets veranderde."),
    ),
)

GOOD: Final = (
    (
        "Keep it up.",
        "I enjoy coming to work.",
        "Things are going really well.",
        "Great people, clear goals.",
        "Proud of us.",
    ),
    (
        "Weiter so.",
        "Ich komme gern zur Arbeit.",
        "Es läuft wirklich gut.",
        "Tolle Leute, klare Ziele.",
        "Ich bin stolz.",
    ),
    ("Continuez ainsi.", "Je viens avec plaisir.", "Tout va vraiment bien.", "Une belle ambiance.", "J'en suis fier."),
    ("Sigan así.", "Vengo con ganas.", "Todo va muy bien.", "Buena gente y metas claras.", "Estoy orgulloso."),
    ("Avanti così.", "Vengo al lavoro volentieri.", "Va davvero bene.", "Belle persone.", "Ne vado fiero."),
    ("Ga zo door.", "Ik kom graag werken.", "Het gaat echt goed.", "Fijne mensen, heldere doelen.", "Ik ben trots."),
)

BAD: Final = (
    ("I am tired of this.", "It gets worse.", "I am looking around.", "Promises are not kept.", "This is frustrating."),
    ("Ich habe es satt.", "Es wird schlimmer.", "Ich sehe mich um.", "Zusagen gelten nicht.", "Das ist frustrierend."),
    (
        "J'en ai assez.",
        "C'est de pire en pire.",
        "Je regarde ailleurs.",
        "Les promesses sont oubliées.",
        "C'est pénible.",
    ),
    ("Estoy harto.", "Cada vez es peor.", "Estoy mirando fuera.", "No cumplen lo prometido.", "Es frustrante."),
    ("Sono stanco.", "Va sempre peggio.", "Mi guardo intorno.", "Le promesse non valgono.", "È frustrante."),
    ("Ik ben het zat.", "Het wordt erger.", "Ik kijk om me heen.", "Beloftes gelden niet.", "Dit is frustrerend."),
)

FAIR: Final = (
    ("It is fine so far.", "Some things work, some do not.", "No strong opinion."),
    ("Es geht so.", "Manches klappt, manches nicht.", "Keine klare Meinung."),
    ("Ça va pour l'instant.", "Certaines choses marchent, d'autres non.", "Pas d'avis tranché."),
    ("Por ahora está bien.", "Unas cosas funcionan, otras no.", "Sin opinión clara."),
    ("Per ora va bene.", "Alcune cose vanno, altre no.", "Nessuna opinione netta."),
    ("Het gaat wel.", "Sommige dingen werken, andere niet.", "Geen duidelijke mening."),
)
