using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using GaleraGate.Domain.Galera;
using Xunit.Abstractions;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>
/// What holds for verdicts, over answers with each variable present, absent, oddly spelled or hostile.
/// </summary>
public sealed class FitnessProperties(ITestOutputHelper output)
{
    private static readonly string?[] Hostile =
    [
        null,
        "",
        " ",
        "ON ",
        "on",
        "oN",
        "1",
        "0",
        "-1",
        "4 ",
        "04",
        "+4",
        "4.0",
        "6",
        "18446744073709551615",
        "99999999999999999999999",
        "NULL",
        "\0",
        "\e[2J",
        "Primary\n",
        "ＯＮ",
        new string('x', 70_000),
        "'; DROP",
    ];

    private static readonly Dictionary<string, string?[]> Usual = new()
    {
        ["wsrep_local_state"] = ["0", "1", "2", "3", "4", "4", "4", "5"],
        ["wsrep_local_state_comment"] =
        [
            "Synced",
            "synced (6)",
            "Donor/Desynced",
            "Inconsistent",
            "inconsistent: x",
            "Joining: receiving State Transfer",
        ],
        ["wsrep_cluster_status"] = ["Primary", "PRIMARY", "primary", "non-Primary", "Disconnected"],
        ["wsrep_ready"] = ["ON", "on", "OFF"],
        ["wsrep_connected"] = ["ON", "OFF"],
        ["wsrep_on"] = ["ON", "OFF", "1", "0"],
        ["read_only"] = ["OFF", "off", "0", "ON", "1", "NO_LOCK", "NO_LOCK_NO_ADMIN"],
        ["super_read_only"] = ["OFF", "ON"],
        ["offline_mode"] = ["OFF", "ON"],
        ["wsrep_sst_method"] =
        [
            "xtrabackup",
            "xtrabackup-v2",
            "XtraBackup",
            "xtrabackup-v2 ",
            "xtrabackup_v2",
            "rsync",
            "mariabackup",
            "mysqldump",
            "clone",
            "skip",
            "",
        ],
        ["wsrep_desync"] = ["ON", "OFF"],
        ["wsrep_reject_queries"] = ["NONE", "none", "ALL", "ALL_KILL"],
        ["wsrep_sst_donor_rejects_queries"] = ["ON", "OFF"],
        ["pxc_maint_mode"] = ["DISABLED", "disabled", "MAINTENANCE", "SHUTDOWN"],
        ["wsrep_local_recv_queue"] = ["0", "10", "100000"],
        ["wsrep_flow_control_paused"] = ["0", "0.000000", "0.5", "1", "1e-05"],
        ["wsrep_cluster_conf_id"] = ["7", "18446744073709551615"],
        ["wsrep_last_committed"] = ["100"],
        ["Uptime"] = ["1000"],
    };

    /// <summary>Changes after which a node is no better than before.</summary>
    private static readonly (string Name, string Value)[] Worse =
    [
        ("read_only", "ON"),
        ("super_read_only", "ON"),
        ("offline_mode", "ON"),
        ("wsrep_reject_queries", "ALL"),
        ("pxc_maint_mode", "SHUTDOWN"),
        ("wsrep_ready", "OFF"),
        ("wsrep_connected", "OFF"),
        ("wsrep_cluster_status", "non-Primary"),
        ("wsrep_on", "OFF"),
        ("wsrep_local_state", "0"),
        ("wsrep_local_state_comment", "Inconsistent"),
        ("wsrep_local_state", "nonsense"),
    ];

    private static readonly Gen<Dictionary<string, string?>> Answers =
        from values in Gen.CollectToSequence(Usual.Select(variable =>
            from value in Gen.Frequency(
                (8, Gen.Constant(variable.Value[0])),
                (5, Gen.Elements(variable.Value)),
                (1, Gen.Elements(Hostile)),
                (1, Gen.Constant((string?)null)))
            select KeyValuePair.Create(variable.Key, value)))
        select values.ToDictionary();

    private static readonly Gen<FitnessPolicy> Policies =
        from methods in Gen.Elements("xtrabackup,xtrabackup-v2", "", "mariabackup", "rsync,clone")
        from readOnly in Gen.Elements(false, true)
        from desynced in Gen.Elements(false, true)
        from queue in Gen.Elements<Marks?>(null, new Marks(100, 10), new Marks(0, 0))
        from paused in Gen.Elements<Marks?>(null, new Marks(0.4, 0.1))
        select new FitnessPolicy
        {
            NonblockingSstMethods = new SstMethods(methods.Split(',', StringSplitOptions.RemoveEmptyEntries)),
            AvailableWhenReadOnly = readOnly,
            CloseWhenDesynced = desynced,
            ReceiveQueue = queue,
            FlowControl = paused,
        };

    private static readonly Gen<(Dictionary<string, string?> Variables, FitnessPolicy Policy)> Cases =
        from answer in Answers from policy in Policies select (answer, policy);

    [Fact]
    public void A_donor_is_fit_if_and_only_if_its_exact_method_is_in_the_list() => Always.Holds(
        output, 3000,
        from policy in Policies
        from method in Gen.OneOf(Gen.Elements(Usual["wsrep_sst_method"]), Gen.Elements(Hostile))
        select (policy, method),
        given => Assert.Equal(
            given
                .policy.NonblockingSstMethods.ToString()
                .Split(',')
                .Contains(given.method, StringComparer.Ordinal) && given.method is { Length: > 0 },
            Fitness
                .Judge(Given.Node(("wsrep_local_state", "2"), ("wsrep_sst_method", given.method)), given.policy)
                .IsFit));

    [Fact]
    public void A_worse_observation_never_makes_a_node_fit() => Always.Holds(
        output, 5000,
        from given in Cases
        from worse in Gen.Elements(Worse)
        select (given.Variables, given.Policy, Worse: worse),
        Shrink,
        given =>
        {
            // If read-only is allowed, read_only ON is no worse than a missing read_only, which cannot be judged.
            var policy = given.Policy with { AvailableWhenReadOnly = false };
            var before = Fitness.Judge(ObservedVariable.ReadAnswer(given.Variables), policy);
            var after = Fitness.Judge(
                ObservedVariable.ReadAnswer(
                    new Dictionary<string, string?>(given.Variables) { [given.Worse.Name] = given.Worse.Value }),
                policy);
            Assert.True(before.IsFit || !after.IsFit);
            // Nor may a reason disappear that another variable gave.
            var ofItsOwn = Fitness.Judge(Given.Node(given.Worse), policy).Reasons | Reasons.Unrecognized | StateReasons;
            Assert.Equal(before.Reasons & ~ofItsOwn, after.Reasons & before.Reasons & ~ofItsOwn);
            Assert.All(
                Enum.GetValues<Reasons>().Where(reason => reason != Reasons.None),
                reason => Assert.False(before.With(reason).IsFit));
        });

    [Fact]
    public void A_fit_node_has_everything_as_it_must_be() => Always.Holds(output, 5000, Cases, Shrink, given =>
    {
        var observation = ObservedVariable.ReadAnswer(given.Variables);
        var verdict = Fitness.Judge(observation, given.Policy);
        string? Value(string name) => given.Variables.GetValueOrDefault(name);
        bool Is(string name, params string[] allowed) =>
            Value(name) is { } value && allowed.Contains(value, StringComparer.OrdinalIgnoreCase);

        if (verdict.IsFit)
        {
            var state = int.Parse(Value("wsrep_local_state")!, NumberStyles.None, CultureInfo.InvariantCulture);
            Assert.True(
                state == 4
                    || (state == 2 && given.Policy.NonblockingSstMethods.Contain(Value("wsrep_sst_method"))));
            Assert.True(Is("wsrep_cluster_status", "Primary") && Is("wsrep_ready", "ON"));
            Assert.True(Value("wsrep_connected") is null || Is("wsrep_connected", "ON", "1"));
            Assert.True(given.Policy.AvailableWhenReadOnly || Is("read_only", "OFF", "0"));
            Assert.True(Value("wsrep_reject_queries") is null || Is("wsrep_reject_queries", "NONE"));
            Assert.True(Value("pxc_maint_mode") is null || Is("pxc_maint_mode", "DISABLED"));
        }
        else
        {
            Assert.Equal(Reason.Of(verdict.Reasons).First().Name, verdict.Headline);
            Assert.Equal(
                Reason.Of(verdict.Reasons).Any(reason => Reason.PaceOf(reason.Flag) == Pace.Immediate)
                    ? Pace.Immediate
                    : Pace.Debounced,
                verdict.Pace);
        }
    });

    [Fact]
    public void Names_and_enumerated_values_are_case_insensitive() => Always.Holds(
        output,
        3000,
        from given in Cases
        from upper in Gen.Elements(false, true)
        select (given.Variables, given.Policy, Upper: upper),
        given =>
        {
            string Turned(string text) => given.Upper ? text.ToUpperInvariant() : text.ToLowerInvariant();
            var turned = given.Variables.ToDictionary(
                variable => Turned(variable.Key),
                variable =>
                    variable.Key == "wsrep_sst_method" || variable.Value is null
                        ? variable.Value
                        : Turned(variable.Value));

            Assert.Equal(
                Fitness.Judge(ObservedVariable.ReadAnswer(given.Variables), given.Policy),
                Fitness.Judge(ObservedVariable.ReadAnswer(turned), given.Policy));
        });

    [Fact]
    public void A_laxer_policy_never_adds_a_reason() => Always.Holds(output, 3000, Cases, Shrink, given =>
    {
        var observation = ObservedVariable.ReadAnswer(given.Variables);
        var strict = given.Policy with { AvailableWhenReadOnly = false };
        var lax = given.Policy with
        {
            AvailableWhenReadOnly = true,
            CloseWhenDesynced = false,
            ReceiveQueue = null,
            FlowControl = null,
        };
        var (before, after) = (Fitness.Judge(observation, strict).Reasons, Fitness.Judge(observation, lax).Reasons);

        Assert.Equal(after, after & before);
    });

    /// <summary>
    /// The reasons that follow from the variables for the node's state: one of these reasons replaces another.
    /// </summary>
    private const Reasons StateReasons =
        Reasons.WsrepOff
        | Reasons.Initialized
        | Reasons.Joining
        | Reasons.Joined
        | Reasons.DonorBlocking
        | Reasons.Inconsistent
        | Reasons.RejectingQueries
        | Reasons.Disconnected
        | Reasons.NonPrimary;

    /// <summary>Shrinks towards a healthy node: one variable after the other gets its usual value.</summary>
    private static IEnumerable<(Dictionary<string, string?> Variables, FitnessPolicy Policy)> Shrink(
        (Dictionary<string, string?> Variables, FitnessPolicy Policy) given
    ) =>
        from variable in given.Variables
        where variable.Value != Usual[variable.Key][0] && variable.Key != "wsrep_local_state"
        select (
            new Dictionary<string, string?>(given.Variables) { [variable.Key] = Usual[variable.Key][0] }, given.Policy);

    private static IEnumerable<(
        Dictionary<string, string?> Variables,
        FitnessPolicy Policy,
        (string Name, string Value) Worse
    )> Shrink((Dictionary<string, string?> Variables, FitnessPolicy Policy, (string Name, string Value) Worse) given) =>
        Shrink((given.Variables, given.Policy)).Select(less => (less.Variables, less.Policy, given.Worse));
}
