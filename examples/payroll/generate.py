"""Makes the data of this example anew: people, and five exports of the payroll application.

    python3 generate.py

Nothing here is random: the same files come out each time. The names are made up from lists; the
faults in the exports are of the kinds that real exports have.
"""

import json
import unicodedata
from pathlib import Path

HERE = Path(__file__).parent

GIVEN = {
    "cs": ["Jana", "Petr", "Šárka", "Tomáš", "Věra", "Ondřej", "Zdeňka", "Jiří"],
    "sk": ["Ľubica", "Ján", "Mária", "Štefan", "Žofia", "Matúš"],
    "pl": ["Łukasz", "Agnieszka", "Stanisław", "Małgorzata", "Paweł"],
    "hu": ["Ágnes", "László", "Erzsébet", "Zoltán", "Györgyi"],
    "de": ["Jürgen", "Ursula", "Wolfgang", "Käthe", "Björn"],
    "en": ["Ann", "John", "Siobhan", "William", "Mary"],
    "vi": ["Nguyet", "Minh", "Thu"],
}
FAMILY = {
    "cs": ["Novák", "Svobodová", "Dvořák", "Černá", "Procházka", "Kučerová", "Říha", "Čučoriedka"],
    "sk": ["Kováč", "Horváthová", "Tóth", "Nagyová", "Baláž", "Šimková"],
    "pl": ["Wiśniewski", "Kamińska", "Zieliński", "Łuczak", "Dąbrowska"],
    "hu": ["Szabó", "Kovács", "Tóth", "Fekete", "Őry"],
    "de": ["Müller", "Weiß", "Schäfer", "Größe", "Köhler"],
    "en": ["O'Connor-Smith", "McDonald", "Turner", "Swann", "de la Cruz"],
    "vi": ["Tran", "Pham", "Le"],
}
DEPARTMENTS = {
    "100": "Finance",
    "200": "Human Resources",
    "310": "Sales North",
    "320": "Sales South",
    "400": "Logistics",
    "500": "Production",
}
STATUS = {"A": "A", "L": "A", "T": "N"}

SPECIAL = {"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D"}


def ascii_letters(text):
    text = "".join(SPECIAL.get(letter, letter) for letter in text)
    text = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in text.lower() if "a" <= letter <= "z")


def people():
    everybody = []
    languages = list(GIVEN)
    costs = list(DEPARTMENTS)
    for number in range(240):
        language = languages[number % len(languages)]
        given = GIVEN[language][(number // 7) % len(GIVEN[language])]
        family = FAMILY[language][(number // 3) % len(FAMILY[language])]
        day = 1 + number % 28
        month = 1 + number % 12
        year = 2009 + number % 16
        everybody.append(
            {
                "id": f"E{1001 + number}",
                "given": given,
                "family": family,
                "personnel-number": str(40 + 7 * number),
                "cost-center": costs[(number * 5 + number // 11) % len(costs)],
                "hired": f"{year}-{month:02}-{day:02}",
                "employment-status": "L" if number % 41 == 17 else "A",
                "roles": sorted(
                    {"payslip"}
                    | ({"approver"} if number % 9 == 4 else set())
                    | ({"auditor"} if number % 31 == 10 else set())
                ),
            }
        )
    return everybody


def with_logins(everybody):
    taken = set()
    for person in everybody:
        base = ascii_letters(person["given"])[:1] + ascii_letters(person["family"])[:7]
        iteration = 0
        while True:
            suffix = str(iteration) if iteration else ""
            login = base[: 8 - len(suffix)] + suffix
            if login not in taken:
                break
            iteration += 1
        taken.add(login)
        person["login"] = login
    return everybody


def row(person, **changes):
    year, month, day = person["hired"].split("-")
    values = {
        "LOGIN": person["login"],
        "NAME": f"{person['family']}, {person['given']}",
        "PERSNR": person["personnel-number"].rjust(8, "0"),
        "DEPT": DEPARTMENTS[person["cost-center"]],
        "ROLES": "|".join(f"PM_{role.upper()}" for role in person["roles"]),
        "HIRED": f"{day}.{month}.{year}",
        "ACTIVE": STATUS[person["employment-status"]],
        "LASTLOGIN": "" if int(person["personnel-number"]) % 3 else "27.02.2026",
    }
    values.update(changes)
    return values


def write(name, rows, stray=()):
    columns = ["LOGIN", "NAME", "PERSNR", "DEPT", "ROLES", "HIRED", "ACTIVE", "LASTLOGIN"]
    lines = ["PAYMASTER 7.4 EXPORT USERS", ";".join(columns)]
    for values in rows:
        cells = []
        for column in columns:
            text = values[column]
            if any(sign in text for sign in ';"\n'):
                text = '"' + text.replace('"', '""') + '"'
            cells.append(text)
        lines.append(";".join(cells))
    for position, text in stray:
        lines.insert(position, text)
    lines.append(f"*END* ROWS={len(lines) - 2}")
    # The application runs on an old Windows.
    (HERE / "exports" / name).write_bytes("\r\n".join(lines).encode("cp1250") + b"\r\n")


def main():
    everybody = with_logins(people())
    by_id = {person["id"]: person for person in everybody}
    with open(HERE / "people.jsonl", "w", encoding="utf-8") as file:
        for person in everybody:
            told = {key: value for key, value in person.items() if key != "login"}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")

    # Most people had their accounts before Provisor came. Every twelfth is missing, and some
    # accounts are not as they should be.
    known = [person for number, person in enumerate(everybody) if number % 12 != 5]
    missing = [person for number, person in enumerate(everybody) if number % 12 == 5]
    moved = {known[number]["id"] for number in (3, 40, 77, 111, 160, 201)}
    former = [
        {
            "LOGIN": login, "NAME": name, "PERSNR": number, "DEPT": "Logistics",
            "ROLES": "PM_PAYSLIP", "HIRED": "01.04.2001", "ACTIVE": "A", "LASTLOGIN": "",
        }
        for login, name, number in [
            ("bsparrow", "Sparrow, Bob", "00009001"),
            ("sysbatch", "Batch user (do not delete)", "00000000"),
            ("xtest", "Test; Test", "00009999"),
        ]
    ]

    def first(person):
        return row(person, DEPT="Warehouse") if person["id"] in moved else row(person)

    rows = [first(person) for person in known]
    # One birth of a date that never was.
    rows[57]["HIRED"] = "31.02.2019"
    write(
        "paymaster-20260301-2200.csv",
        rows + former,
        # A line that somebody's tool broke in two.
        stray=[(121, "*** page 3 ***")],
    )

    # The night after the first day of work: half of it is done already.
    done = missing[: len(missing) // 2]
    rows = [first(person) for person in known] + [row(person) for person in done]
    write("paymaster-20260302-2200.csv", rows + former)

    # Two nights later everything should be there. Is it?
    forgotten = missing[-3]["id"]
    renamed = missing[-4]["id"]
    tampered = known[20]["id"]
    rows = []
    for person in everybody:
        if person["id"] == forgotten:
            continue
        if person["id"] == renamed:
            rows.append(row(person, LOGIN=person["login"] + ".new"))
        elif person["id"] == tampered:
            rows.append(row(person, ROLES="PM_APPROVER|PM_AUDITOR|PM_PAYSLIP"))
        else:
            rows.append(row(person))
    write("paymaster-20260304-2200.csv", rows + former)

    # In the next night somebody exports the accounts of three departments only.
    some = {"Finance", "Sales North", "Sales South"}
    write("paymaster-20260305-2200.csv", [values for values in rows if values["DEPT"] in some])

    # In the morning all of them: what was asked for again is there, what was too much is gone.
    rows = [
        row(person, LOGIN=person["login"] + ".new") if person["id"] == renamed else row(person)
        for person in everybody
    ]
    write("paymaster-20260306-0930.csv", rows + former)
    for what, number in [("forgotten", forgotten), ("renamed", renamed), ("tampered", tampered)]:
        print(what, number, by_id[number]["login"], by_id[number]["given"], by_id[number]["family"])


if __name__ == "__main__":
    main()
