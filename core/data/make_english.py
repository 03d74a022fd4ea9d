#!/usr/bin/env python3
"""Writes `english.lexicon` from WordNet 3.0.

    apt-get download wordnet-base && dpkg -x wordnet-base_*.deb wordnet
    python3 core/data/make_english.py wordnet/usr/share/wordnet > core/data/english.lexicon

The format is described in README.md beside this file. What is ours in here: the few dozen senses under ANCHORS, which say
what kind of effect a branch of WordNet's verbs has, and those under KINDS, which say what branches of nouns are about.
Everything else follows from WordNet's own hierarchy, so a verb nobody thought of has the effect of the branch it is on.
"""

import collections
import math
import pathlib
import sys

LEXICOGRAPHER = """adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition
noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object noun.person noun.phenomenon
noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body
verb.change verb.cognition verb.communication verb.competition verb.consumption verb.contact verb.creation verb.emotion verb.motion
verb.perception verb.possession verb.social verb.stative verb.weather adj.ppl""".split()

# The letter of each effect, and the senses (lemma.number) whose branches have it. The nearest anchor above a sense wins.
ANCHORS = {
    # read: to perceive, to come to know, to tell the one who asked
    "r": """search.1 search.2 search.3 examine.2 see.1 look.1 find.1 find.3 find.4 find.9 detect.1 perceive.1 think.3 know.1 learn.1
        learn.2 understand.1 read.1 read.4 list.1 show.1 show.2 show.4 check.1 check.2 verify.1 confirm.1 measure.2 evaluate.1
        calculate.1 compare.1 describe.1 summarize.1 summarize.2 explain.1 watch.1 observe.1 retrieve.1 fetch.1 view.2 count.1 consult.1
        display.1 translate.1 identify.1 determine.1 download.1 look_up.1 track.1 monitor.1 find_out.1 check_out.1 point_out.1 look_into.1""",
    # send: to make something reach somebody, words or things
    "s": """send.1 send.2 send.3 send.4 transmit.1 communicate.1 communicate.2 inform.1 reply.1 tell.1 tell.3 publish.2 publicize.1
        broadcast.1 transport.1 transport.3 deliver.1 ship.1 call.3 invite.4 invite.2 telecommunicate.1 remind.1 warn.1 submit.1
        export.1 upload.1 comment.1 comment.2 note.1 mention.1 report.1 report.2 refer.1 refer.2 refer.3 annotate.1""",
    # pay: to move money, or what is bought and sold
    "p": """pay.1 pay.3 buy.1 spend.2 sell.1 repay.1 donate.1 lend.2 borrow.1 rent.1 invest.1 charge.3 bill.1 finance.1 credit.1
        debit.1 withdraw.3 tip.5 deposit.2""",
    # share: to let somebody at something
    "h": """permit.1 permit.2 allow.1 authorize.1 grant.1 grant.2 entitle.1 share.2 share.4 license.1 disclose.1 reveal.2 admit.2""",
    # delete: to make something end
    "d": """delete.1 delete.2 remove.1 remove.2 remove.3 erase.1 cancel.1 cancel.3 cancel.4 destroy.1 destroy.2 kill.1 end.2
        terminate.1 discard.1 revoke.2 dismiss.4 fire.4 withdraw.1 eliminate.1 deactivate.1 disable.1 close.1 abolish.1 suspend.1
        block.1 stop.1 expel.1 void.2 waive.1""",
    # execute: to set something going
    "x": """run.4 operate.1 execute.3 execute.4 perform.1 start.1 start.4 launch.1 install.1 operate.2 activate.1 carry_through.1
        implement.1 trigger.2 boot.1 run.9""",
    # write: to make or change something
    "w": """make.1 make.3 create.1 create.2 create.4 produce.2 change.1 change.2 change.3 modify.1 adjust.1 put.1 move.2 transfer.1
        transfer.3 transfer.4 move.1 plan.1 plan.2 request.1 order.2 record.1 write.1 write.2 add.1 add.2 attach.1 connect.1
        assign.1 appoint.1 distribute.1 give.3 give.1 keep.1 arrange.1 organize.1 accept.1 approve.1 decide.1 join.1 combine.1
        mark.1 label.1 choose.1 sign.1 fill.1 isolate.1 treat.1 prevent.1 restrain.1 fix.1 increase.1 separate.1 control.1
        transfer.2 reject.1 refuse.1 deny.1""",
}

# Where no anchor is above a sense, the file the lexicographers put it in tells; it counts half.
FALLBACK = {"perception": "r", "cognition": "r", "communication": "s", "creation": "w", "change": "w", "contact": "w", "motion": "w",
            "possession": "w", "social": "w", "body": "w", "competition": "w", "consumption": "w"}

# What nouns are about: branches below these senses.
KINDS = {
    "P": "person.1 organization.1 recipient.1 social_group.1",  # somebody: a destination
    "A": "address.1 address.2 address.3 address.4 account.3 account.2 mailbox.2 telephone_number.1 url.1 web_site.1 e-mail.1",  # where somebody is reached
    "M": "currency.1 money.1 money.3 payment.1 fund.1 cost.1 income.1 charge.3 debt.1 debt.2 wealth.1 transferred_property.1 asset.1",  # money
    "K": "password.1 secret.1 key.1 positive_identification.1 credential.1 identification.3 token.3 personal_identification_number.1",  # a credential
    "T": "time_period.1 time_unit.1 date.1 date.4 day.1 time.5 point.6 clock_time.1 calendar_day.1 deadline.1 duration.1",
    "Q": "quantity.1 number.2 amount.1 amount.3 sum.1 measure.2 size.1 magnitude.1 limit.3 rate.2 percentage.1 count.1",
    "C": "message.1 message.2 text.1 content.5 subject.1 statement.1 note.2 comment.1 remark.1 description.1 title.2 name.1 reason.2 body.10",
    "F": "document.1 document.3 file.1 computer_file.1 folder.2 directory.1 record.5 list.1 page.1 image.1 picture.1 attachment.3 writing.2",
    "I": "action.1 instruction.1 instruction.4 task.1 task.2 undertaking.1 command.1 order.1 request.2 procedure.1 step.1 guidance.1 advice.1 duty.1",  # something to be done
    "X": "command.3 program.4 program.7 software.1 script.1 statement.7 code.3",  # something to be run
    "L": "location.1 place.1 position.1 address.2 region.1 district.1",
    "U": "identifier.1 number.5 identification_number.1 reference.4",
}

# What a noun of an action can be; a carrier carries, but is none.
DEEDS = {"noun.act", "noun.event", "noun.communication", "noun.possession", "noun.process", "noun.cognition", "noun.state", "noun.group"}

PARTICLES = {"up", "down", "off", "out", "in", "on", "away", "back", "over", "through", "into", "along", "forward", "around", "ahead"}
RANK = [1.0, 0.6, 0.4, 0.25]
SENSES_MAX = 4
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Part:
    """One part of speech: its synsets, and the synsets of each lemma with the most frequent first."""

    def __init__(self, folder, name):
        self.synsets, self.lemmas, self.used = {}, {}, {}
        for line in (folder / f"data.{name}").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            parts = line.split("|")[0].split()
            words = int(parts[3], 16)
            count = int(parts[4 + 2 * words])
            rest = parts[5 + 2 * words:]
            pointers = [tuple(rest[4 * at:4 * at + 3]) for at in range(count)]
            self.synsets[parts[0]] = (LEXICOGRAPHER[int(parts[1])], pointers)
        for line in (folder / f"index.{name}").read_text("latin-1").splitlines():
            if not line.startswith("  "):
                parts = line.split()
                self.lemmas[parts[0]] = parts[6 + int(parts[3]):]

    def above(self, synset):
        """The synset and its first hypernyms, nearest first."""
        chain = [synset]
        while more := [to for kind, to, _ in self.synsets[chain[-1]][1] if kind in ("@", "@i")]:
            chain.append(more[0])
        return chain

    def sense(self, name):
        lemma, number = name.rsplit(".", 1)
        return self.lemmas[lemma][int(number) - 1]


def weights(found):
    """`{"s": 1.6, "w": 0.4}` as `s7w2`: ninths of the whole, the largest first."""
    whole = sum(found.values())
    shares = sorted(((round(9 * value / whole), letter) for letter, value in found.items()), reverse=True) if whole else []
    return "".join(f"{letter}{share}" for share, letter in shares if share)


def short(number):
    out = ""
    while True:
        number, digit = divmod(number, 36)
        out = DIGITS[digit] + out
        if not number:
            return out


def main():
    folder = pathlib.Path(sys.argv[1])
    verb, noun, adjective, adverb = (Part(folder, name) for name in ("verb", "noun", "adj", "adv"))
    used = {}
    for line in (folder / "cntlist.rev").read_text("latin-1").splitlines():
        key, _, count = line.split()
        lemma, rest = key.split("%")
        used[lemma, rest[0]] = used.get((lemma, rest[0]), 0) + int(count)

    anchors = {verb.sense(name): letter for letter, names in ANCHORS.items() for name in names.split()}
    kinds = {}
    for letter, names in KINDS.items():
        for name in names.split():
            lemma, number = name.rsplit(".", 1)
            if lemma in noun.lemmas and len(noun.lemmas[lemma]) >= int(number):
                kinds.setdefault(noun.sense(name), set()).add(letter)
            else:
                print("no sense", name, file=sys.stderr)

    # The more often a sense is pointed to, the shorter its number.
    pointed = collections.Counter()
    numbers = collections.defaultdict(lambda: len(numbers))

    def number(part, synset):
        pointed[part, synset] += 1
        return short(numbers[part, synset])

    def effect(synset):
        for above in verb.above(synset):
            if above in anchors:
                return anchors[above], 1.0
        return FALLBACK.get(verb.synsets[synset][0].split(".")[1], ""), 0.5

    def effects(synsets):
        found = {}
        for rank, synset in zip(RANK, synsets):
            letter, trust = effect(synset)
            if letter:
                found[letter] = found.get(letter, 0) + rank * trust
        return found

    def concepts(part, name, synsets, levels, shallowest):
        """Each sense with what is above it: `12.3f.a`; what is all too general is left out."""
        out = []
        for synset in synsets[:SENSES_MAX]:
            chain = part.above(synset)
            out.append(".".join(number(name, above) for at, above in enumerate(chain[:1 + levels]) if at == 0 or len(chain) - at > shallowest))
        return " ".join(out)

    def is_word(lemma):
        if "_" in lemma:
            first, _, second = lemma.partition("_")
            return first.isalpha() and second in PARTICLES and lemma in verb.lemmas
        return lemma.replace("-", "").isalpha() and lemma.isascii() and len(lemma) > 1

    # Names of animals and plants are many, and asked for seldom.
    def is_wanted(lemma):
        if any((lemma, part) in used for part in "1234"):
            return True
        files = {noun.synsets[synset][0] for synset in noun.lemmas.get(lemma, [])}
        return bool(files - {"noun.animal", "noun.plant", "noun.body", "noun.Tops"}) or lemma in verb.lemmas

    def is_name(lemma):
        synsets = noun.lemmas.get(lemma, [])
        return bool(synsets) and all(any(kind == "@i" for kind, *_ in noun.synsets[synset][1]) for synset in synsets)

    def line(lemma):
        verbs, nouns = verb.lemmas.get(lemma, []), noun.lemmas.get(lemma, [])
        # A plural with a meaning of its own still has the meanings of its singular.
        if lemma.endswith("s") and not lemma.endswith("ss"):
            nouns = nouns + [synset for synset in noun.lemmas.get(lemma[:-1], []) if synset not in nouns]
        often = lambda part: min(9, round(math.log2(1 + used.get((lemma, part), 0))))
        # Nouns of an action: the effect of the verb each sense is derived from.
        deeds = [synset for synset in nouns[:SENSES_MAX] if noun.synsets[synset][0] in DEEDS]
        made_of = [to for synset in deeds for kind, to, part in noun.synsets[synset][1] if kind == "+" and part == "v"]
        about = lambda synsets: {letter for synset in synsets for above in noun.above(synset) for letter in kinds.get(above, ())}
        first = about(nouns[:1])
        later = {letter.lower() for letter in about(nouns[1:3]) - first}
        return [
            weights(effects(verbs)),
            concepts(verb, "v", verbs, 2, 0),
            concepts(noun, "n", nouns, 2, 4),
            " ".join(dict.fromkeys(number("v", synset) for synset in made_of[:6])),
            weights(effects(made_of)),
            "".join(sorted(first | later)),
            f"{often('2') if verbs else '-'}{often('1') if nouns else '-'}{'a' if lemma in adjective.lemmas else ''}{'r' if lemma in adverb.lemmas else ''}",
        ]

    lemmas = []
    for lemma in sorted({*verb.lemmas, *noun.lemmas, *adjective.lemmas, *adverb.lemmas}):
        if not is_word(lemma) or not is_wanted(lemma) or (is_name(lemma) and lemma not in verb.lemmas):
            continue
        if lemma not in verb.lemmas and lemma not in noun.lemmas and not any((lemma, part) in used for part in "345"):
            continue
        lemmas.append(lemma)
    for lemma in lemmas:
        line(lemma)
    by_use = [key for key, _ in pointed.most_common()]
    numbers.update({key: at for at, key in enumerate(by_use)})
    lines = {lemma.replace("_", " "): "\t".join(line(lemma)) for lemma in lemmas}
    for name in ("verb", "noun"):
        for exception in (folder / f"{name}.exc").read_text("latin-1").splitlines():
            form, base, *_ = exception.split()
            is_used = any((form, part) in used for part in "12345")
            if base in lines and form.isalpha() and not is_used and not lines.get(form, "").startswith("="):
                lines[form] = f"={base}"
    for lemma in sorted(lines, key=str.encode):
        print(f"{lemma}\t{lines[lemma]}")


if __name__ == "__main__":
    main()
