"""Candidates without a cluster: commands, flags, values, resource types, the names in the demo."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.commands import COMMANDS
from kubectl_kfaccess.completion import candidates as candidates_module
from kubectl_kfaccess.completion.candidates import FILES, FOLDERS, MOST, Candidates, _fewer
from kubectl_kfaccess.completion.words import PERSONAS, RARE_VERBS, VERBS, load
from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from tests.completion.offers import candidates, words

CORE = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]


@pytest.mark.parametrize(
    "line",
    ["", "-n team-a ", "--namespace=team-a ", "-v 6 --as alice ", "--demo -o json --fix 2 "],
    ids=repr,
)
def test_commands_are_offered_first(line: str) -> None:
    """All commands, in the order of the help, each with its question; flags can come first."""
    offered = candidates(line)

    assert list(COMMANDS) == list(offered.words)
    assert {"?"} == {text[-1] for text in offered.words.values()}
    assert offered.ordered


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("who", ["who-can", "whoami"], id="the beginning of two"),
        pytest.param("what", ["what-can"], id="an alias, where no command begins so"),
        pytest.param("tenants --no-f", ["--no-fold"], id="the flag of an alias"),
        pytest.param("frobnicate ", [], id="an unknown command"),
        pytest.param("frobnicate --", [], id="an unknown command's flags"),
        pytest.param("whoami ", [], id="a command without words"),
        pytest.param("options ", [], id="a page without words"),
        pytest.param("help ", list(COMMANDS), id="the commands to explain"),
        pytest.param("help ex", ["explain"], id="a command to explain"),
        pytest.param("help explain ", [], id="a second command to explain"),
        pytest.param("--vers", ["--version"], id="a flag in place of a command"),
        pytest.param("access --vers", [], id="which no command has"),
        pytest.param("who-can get pods ", [], id="a word too many"),
        pytest.param(
            "version --cli",
            ["--client", "--client-certificate", "--client-key"],
            id="the command's flags and kubectl's",
        ),
        pytest.param("whoami -n", ["-n"], id="a short flag"),
        pytest.param("--kubec", ["--kubeconfig"], id="a flag before the command"),
        pytest.param("who-can --demo --d", ["--disable-compression"], id="a flag that was given"),
        pytest.param("--demo who-can --d", ["--disable-compression"], id="a flag that was given before"),
        pytest.param("--area serving access --ar", [], id="a flag that was given before, with its value"),
        pytest.param("access --resource pods --res", ["--resource"], id="a flag that can be repeated"),
        pytest.param("who-can -- -", [], id="after the end of flags"),
        pytest.param("who-can --frob=", [], id="the value of an unknown flag"),
        pytest.param("who-can --demo=", [], id="the value of a flag that takes none"),
    ],
)
def test_commands_and_flags(line: str, expected: list[str]) -> None:
    """The candidates start with what was typed, and fit the place."""
    assert sorted(expected) == sorted(words(line))


FORMATS = ["table", "wide", "json", "yaml", "name", "csv", "markdown"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("profiles -o ", [*FORMATS, "jsonl", "accept"], id="-o of a list"),
        pytest.param("version -o ", ["table", "json", "yaml"], id="-o of version"),
        pytest.param("aggregation -o mer", ["mermaid"], id="-o of aggregation"),
        pytest.param("review x -o j", ["json", "jsonl", "junit"], id="-o of review"),
        pytest.param("explain --output=f", ["fix"], id="--output= joined"),
        pytest.param("who-can --via ", ["kubectl", "kubeflow"], id="--via"),
        pytest.param("who-can --verify=", ["all", "sample"], id="--verify="),
        pytest.param("who-can --verify g", ["get"], id="a value is never apart from --verify"),
        pytest.param("check --mode ", ["standalone", "multi-user"], id="--mode"),
        pytest.param("check --fail-on ", ["error", "warning", "never"], id="--fail-on"),
        pytest.param("check --for kser", ["kserve", "kserve-models", "kserve-llm"], id="--for"),
        pytest.param("check --for kserve,kat", ["kserve,katib"], id="--for, a further word"),
        pytest.param("check --for katib,kat", [], id="--for, the same word again"),
        pytest.param("access --area serving,p", ["serving,pipelines", "serving,profile"], id="--area"),
        pytest.param("who-can --subject-kind user,g", ["user,group"], id="--subject-kind"),
        pytest.param(
            "resources --kubernetes-version 1.3", [f"1.3{n}" for n in (7, 6, 5, 4, 3)], id="versions"
        ),
        pytest.param("check --kfp-version 2.17", ["2.17.0"], id="--kfp-version"),
        pytest.param("who-can -A -n ", [], id="-n without a cluster"),
        pytest.param("who-can --token ", [], id="--token"),
        pytest.param(
            "completion ", ["install", "uninstall", "status", "bash", "zsh", "fish"], id="completion"
        ),
    ],
)
def test_values(line: str, expected: list[str]) -> None:
    """Flags and words with fixed values offer the values that the command accepts."""
    assert expected == words(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("review ", FILES, id="review"),
        pytest.param("review a.yaml b", FILES, id="review, another one"),
        pytest.param("who-can get pods -f ", FILES, id="-f"),
        pytest.param("who-can --filename=ex", FILES, id="--filename="),
        pytest.param("--kubeconfig ", FILES, id="--kubeconfig"),
        pytest.param("whoami --certificate-authority ", FILES, id="--certificate-authority"),
        pytest.param("whoami --client-certificate ", FILES, id="--client-certificate"),
        pytest.param("whoami --client-key ", FILES, id="--client-key"),
        pytest.param("whoami --cache-dir ", FOLDERS, id="--cache-dir"),
        pytest.param("completion install --directory ", FOLDERS, id="--directory"),
        pytest.param("who-can ", "", id="a verb"),
        pytest.param("profiles ", "", id="a profile"),
    ],
)
def test_files_are_left_to_the_shell(line: str, expected: str) -> None:
    """Files are offered where one belongs, and nowhere else."""
    assert expected == candidates(line).files


def test_the_first_verbs_are_those_of_every_resource() -> None:
    """Each has a description; the verbs of pipelines and of URLs need a letter."""
    offered = candidates("who-can ")

    assert CORE == list(offered.words)
    assert VERBS == offered.words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("who-can readA", ["readArtifact"], id="of runs"),
        pytest.param("who-can un", ["unarchive"], id="of runs and experiments"),
        pytest.param("who-can esc", ["escalate"], id="of roles"),
        pytest.param("who-can opt", ["options"], id="of URLs"),
        pytest.param("access --verb ", CORE, id="--verb of no resource"),
        pytest.param("access --resource runs --verb ter", ["terminate"], id="--verb of a virtual resource"),
        pytest.param("access --resource pods --verb ter", [], id="--verb of another resource"),
        pytest.param("access --verb get,li", ["get,list"], id="--verb, one more"),
        pytest.param("who-can get,li", ["get,list"], id="one more verb"),
        pytest.param("who-can get,list,li", [], id="the same verb again"),
        pytest.param("explain get,li", [], id="explain takes one verb"),
    ],
)
def test_rarer_verbs_take_a_letter(line: str, expected: list[str]) -> None:
    """Or they need a resource that has them."""
    assert expected == words(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("who-can create inferences", ["inferenceservices"], id="one group has it"),
        pytest.param(
            "who-can get inferenceservices.", ["inferenceservices.serving.kserve.io"], id="a dot was typed"
        ),
        pytest.param(
            "who-can get experiments",
            [
                "experiments.kubeflow.org",
                "experiments.mlflow.kubeflow.org",
                "experiments.pipelines.kubeflow.org",
            ],
            id="several groups have it",
        ),
        pytest.param(
            "who-can list services", ["services", "services.serving.knative.dev"], id="the core has it, too"
        ),
        pytest.param(
            "who-can archive ", ["experiments.pipelines.kubeflow.org", "runs"], id="a verb of pipelines"
        ),
        pytest.param("who-can readArtifact ", ["runs"], id="a verb of runs"),
        pytest.param("who-can impersonate u", ["uids", "userextras", "users"], id="what can be impersonated"),
        pytest.param("who-can sign s", ["signers"], id="signers"),
        pytest.param("who-can use sec", ["securitycontextconstraints"], id="policies to use"),
        pytest.param("who-can get u", [], id="what the server asks about only with other verbs"),
        pytest.param("who-can escalate ", ["clusterroles", "roles"], id="a verb that discovery lacks"),
        pytest.param("who-can get pods/l", ["pods/log"], id="a subresource"),
        pytest.param("who-can get isvc/st", ["isvc/status"], id="a subresource of a short name"),
        pytest.param("who-can get pods --subresource ex", ["exec"], id="--subresource"),
        pytest.param("who-can get /h", ["/healthz"], id="a URL"),
        pytest.param("who-can head /me", ["/metrics"], id="a verb of URLs"),
        pytest.param("who-can head po", [], id="a verb of URLs has no types"),
        pytest.param("access --resource trainj", ["trainjobs"], id="--resource"),
        pytest.param("who-can get,list secrets,configm", ["secrets,configmaps"], id="one more type"),
        pytest.param("who-can get secrets,pods/l", ["secrets,pods/log"], id="one more subresource"),
        pytest.param("who-can readArtifact,get r", ["runs"], id="the types of the first verb"),
        pytest.param("access --resource /h", [], id="--resource is no URL"),
    ],
)
def test_resource_types(line: str, expected: list[str]) -> None:
    """A group is added if several groups share the name; only types with the verb are offered."""
    assert expected == sorted(words(line))


def test_an_unknown_verb_fits_every_type() -> None:
    """RBAC accepts any word as a verb."""
    assert {"pods", "podtemplates"} <= set(words("who-can frobnicate po"))
    assert {"secrets", "runs"} <= {*words("who-can frobnicate sec"), *words("who-can frobnicate ru")}


@pytest.mark.parametrize("line", ["who-can create ", "explain create ", "access --resource ", "who-can x "])
def test_kubeflows_own_types_are_enough_while_nothing_is_typed(line: str) -> None:
    """A cluster has over a hundred types, and a shell asks before it lists so many."""
    offered = candidates(line)

    assert ["inferenceservices", "servingruntimes"] == list(offered.words)[:2]
    assert {"runs", "notebooks", "trainjobs", "profiles"} <= set(offered.words)
    assert not {"secrets", "pods", "nodes", "virtualservices", "leases"} & set(offered.words)
    assert 20 < len(offered.words) < 50
    assert offered.ordered


def test_every_type_is_offered_once_a_letter_was_typed() -> None:
    """Those of Kubernetes and of other projects too, sorted."""
    assert ["persistentvolumeclaims", "persistentvolumes"] == words("who-can get persistentv")
    assert ["virtualservices"] == words("who-can create virt")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("access --demo ali", ["alice@example.com"], id="a user"),
        pytest.param("access --demo user:ali", ["user:alice@example.com"], id="a user, spelled out"),
        pytest.param("access --demo group:m", ["group:ml-team"], id="a group"),
        pytest.param("access --demo gr", ["group:", "group:ml-team", "group:platform-admins"], id="groups"),
        pytest.param(
            "access --demo sa:team-", ["sa:team-a/", "sa:team-b/", "sa:team-c/"], id="accounts, by namespace"
        ),
        pytest.param(
            "access --demo sa:team-a/",
            ["sa:team-a/default-editor", "sa:team-a/default-viewer"],
            id="accounts of a namespace",
        ),
        pytest.param(
            "access --demo system:serviceaccount:team-c:m",
            ["system:serviceaccount:team-c:model-server"],
            id="an account, as the server spells it",
        ),
        pytest.param("access --demo -n team-c mod", ["model-server"], id="an account of the namespace"),
        pytest.param("access --demo mod", [], id="an account of no namespace"),
        pytest.param("access --demo group:system:m", ["group:system:masters", "group:system:monitoring"],
                     id="Kubernetes' own groups"),
        pytest.param("explain --demo alice@example.com cre", ["create"], id="explain: the verb of a subject"),
        pytest.param("explain --demo cre", ["create"], id="explain: one's own verb"),
        pytest.param("explain --demo ali", ["alice@example.com"], id="explain: a subject"),
        pytest.param("explain --demo create trainj", ["trainjobs"], id="explain: the type of one's own verb"),
        pytest.param(
            "explain --demo alice@example.com create trainj", ["trainjobs"], id="explain: the type"
        ),
        pytest.param("explain --demo create trainjobs ", [], id="explain: no further word"),
        pytest.param("explain --demo a@b create trainjobs ", [], id="explain: no fourth word"),
        pytest.param("check --demo profile", ["profile-owner"], id="a persona"),
        pytest.param("check --demo ali", ["alice@example.com"], id="check: a subject"),
        pytest.param("profiles --demo ", ["team-a", "team-b", "team-c"], id="profiles"),
        pytest.param("aggregation --demo kubeflow-e", ["kubeflow-edit"], id="ClusterRoles"),
        pytest.param("who-can get pods --demo -n team", ["team-a", "team-b", "team-c"], id="-n"),
        pytest.param("access --demo --group m", ["ml-team"], id="--group"),
        pytest.param("who-can --demo --as ali", ["alice@example.com"], id="--as"),
        pytest.param("who-can --demo --as-group ml", ["ml-team"], id="--as-group"),
        pytest.param("who-can --demo --expect-only user:ali", ["user:alice@example.com"], id="--expect-only"),
        pytest.param("who-can --demo --expect-only sa:team-c/m", ["sa:team-c/model-server"], id="an account"),
    ],
)  # fmt: skip
def test_names_of_the_demo(line: str, expected: list[str]) -> None:
    """Subjects, profiles, roles and namespaces of the demo are offered wherever one belongs."""
    assert expected == sorted(words(line))


def test_personas_come_before_subjects() -> None:
    """They have descriptions, because a service account can have the same name."""
    offered = candidates("check --demo ").words

    assert list(PERSONAS) == list(offered)[: len(PERSONAS)]
    assert "alice@example.com" in offered
    assert "" not in {offered[name] for name in PERSONAS}


def test_what_is_known_without_the_cluster_is_offered_together() -> None:
    """A shell would insert a single `sa:` into the line, as if no other subject could follow."""
    offered = candidates("access ")

    assert [*PERSONAS, "user:", "group:", "sa:"] == list(offered.words)
    assert not offered.goes_on


@pytest.mark.parametrize(
    "line", ["access s", "access u", "access gr", "explain sa", "who-can --expect-only s"]
)
def test_a_prefix_is_never_alone_if_the_names_are_not_known(line: str) -> None:
    """`sa:` would be inserted for a user `sam`, who is not known yet."""
    assert not {"user:", "group:", "sa:"} & set(words(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [("access --demo s", "sa:"), ("access --demo us", "user:"), ("access --demo sa", "sa:")],
)
def test_a_prefix_completes_what_no_known_name_begins_with(line: str, expected: str) -> None:
    """The demo has no user called `sa…`; a name follows, so no space does."""
    offered = candidates(line)

    assert expected in offered.words
    assert all(word == expected or word.startswith("system:") for word in offered.words)


@pytest.mark.parametrize("line", ["access --demo ", "explain --demo ", "check --demo "])
def test_personas_are_subjects(line: str) -> None:
    """Wherever a command takes SUBJECT."""
    assert set(PERSONAS) <= set(words(line))
    assert "profile-owner" in words(f"{line}profile-o")


def test_people_come_before_verbs() -> None:
    """`explain` takes either; sorted together, verbs would be among the people."""
    offered = candidates("explain --demo ")
    order = list(offered.words)

    assert order.index("erin@example.com") < order.index("pipeline-runner") < order.index("create")
    assert CORE == order[-len(CORE) :]
    assert offered.ordered


@pytest.mark.parametrize("line", ["explain --demo ", "access --demo ", "who-can create ", "who-can ", ""])
def test_no_description_is_there_twice_where_the_order_counts(line: str) -> None:
    """zsh puts candidates with the same description into one row, and sorts the rows."""
    offered = candidates(line)

    assert offered.ordered
    assert len(offered.words) == len(set(offered.words.values()))


def test_a_list_in_the_order_of_the_alphabet_needs_no_numbers() -> None:
    """The shell sorts it, and gives one description to all of them."""
    offered = candidates("access --demo user:")

    assert {"user"} == set(offered.words.values())
    assert not offered.ordered


def test_findings_take_a_letter() -> None:
    """There are dozens of them; each has a line that says what it is."""
    ids = {each.id for groups in BY_COMMAND.values() for group in groups for each in types(group)}
    offered = {**candidates("explain profile-").words, **candidates("explain a").words}

    assert {"profile-foreign-account", "aggregation-cycle"} <= set(offered)
    assert not ids & set(words("explain --demo "))
    assert (
        ids == {word for letter in "abcdefghijklmnopqrstuvwxyz" for word in words(f"explain {letter}")} & ids
    )
    assert not ids & set(words("explain alice@example.com create p"))


def test_a_new_command_is_completed_by_the_nouns_of_its_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here lists the commands: `make pages` writes what the parser has."""
    content = {"question": "?", "aliases": []}
    content["positionals"] = [{"dest": "a", "noun": "PROFILE"}, {"dest": "b", "noun": "FILE", "repeat": True}]
    other = {"flags": ["--other"], "dest": "c", "noun": "SUBJECT", "takes": True}
    fixed = {"flags": ["--how"], "dest": "d", "choices": {"fast": "in a hurry"}, "takes": True}
    content["flags"] = [{"flags": ["--demo"], "dest": "demo"}, other, fixed]
    known = load()
    known.commands["invented"] = content
    monkeypatch.setattr(candidates_module, "load", lambda: known)

    assert ["team-a", "team-b", "team-c"] == words("invented --demo ")
    assert FILES == candidates("invented --demo team-a ").files
    assert ["alice@example.com"] == words("invented --demo --other ali")
    assert {"fast": "in a hurry"} == candidates("invented --how ").words


def test_kubernetes_own_people_take_a_letter() -> None:
    """Every cluster has dozens of them."""
    assert [] == [word for word in words("access --demo ") if "system:" in word]


def test_names_of_files_are_not_read() -> None:
    """Reading manifests can take longer than a TAB should."""
    assert [] == words("profiles -f examples ")


@pytest.mark.parametrize(
    ("line", "goes_on"),
    [
        pytest.param("access --demo sa:team-a", True, id="a namespace of accounts"),
        pytest.param("access --demo sa:team-a/default-e", False, id="an account"),
        pytest.param("access --demo ali", False, id="a user"),
        pytest.param("access --demo zzz", False, id="nothing"),
    ],
)
def test_no_space_follows_what_goes_on(line: str, goes_on: bool) -> None:
    """The name follows `sa:NAMESPACE/`."""
    assert goes_on == candidates(line).goes_on


def test_too_many_words_are_reduced_without_changing_their_prefix() -> None:
    """The shell inserts the common prefix of all candidates; the first and the last determine it."""
    many = {f"b{number:04}": "" for number in range(2 * MOST)} | {"c": ""}

    few = list(_fewer(many))

    assert MOST == len(few)
    assert ("b0000", "c") == (few[0], few[-1])


def test_many_people_do_not_hide_the_verbs() -> None:
    """What we know comes after the names of the cluster, and stays there."""
    people = {f"user{number:04}@example.com": "user" for number in range(2 * MOST)}
    few = list(_fewer({**people, **PERSONAS, "sa:": "", **VERBS}))

    assert MOST == len(few)
    assert [*PERSONAS, "sa:", *VERBS] == few[-len(PERSONAS) - 1 - len(VERBS) :]
    assert "user0000@example.com" == few[0]


def test_a_description_is_one_plain_line() -> None:
    """It contains nothing that could end the line or move the cursor."""
    every = [
        candidates(line) for line in ("", "who-can ", "who-can --", "who-can get ", "check ", "check --for ")
    ]

    texts = [text for offered in every for text in offered.words.values()]
    assert [] == [text for text in texts if not text or not text.isprintable()]


def test_nothing_is_offered_twice() -> None:
    """A rare verb is not also a common one."""
    assert set() == set(VERBS) & set(RARE_VERBS)
    assert not Candidates({}).goes_on
