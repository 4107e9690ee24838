// Tries the mutants of one mutated GaleraGate.Domain.dll with the tests beside it. Stryker compiles all mutants into
// one file, and a field selects the active one. Tests stay loaded, so a mutant takes milliseconds instead of the
// seconds that a new test host needs. Mutants in static fields work only from the start: each gets its own process.
// dotnet run eng/stryker.cs -- FOLDER REPORT: the folder of the tests, and Stryker's mutation-report.json.
// Prints what survived, and the score of each file.
using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

const int Limit = 20_000; // milliseconds that a test may take before its mutant counts as found
const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
string[] rooms = ["Galera", "Gate", "Scenarios", "Acceptance", "Audit", "Events"];
var (folder, report, single) = (Path.GetFullPath(args[0]), args[1], args.Length > 2 ? int.Parse(args[2]) : (int?)null);
AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", folder + "/");
var control = Assembly.LoadFrom($"{folder}/GaleraGate.Domain.dll").GetTypes().Single(t => t.Name == "MutantControl");
void Activate(int mutant) => control.GetField("ActiveMutant", Statics)!.SetValue(null, mutant);
Activate(single ?? -1);
var (trying, since) = (-1, 0L);
new Thread(Watch) { IsBackground = true }.Start();

var cases = Cases().ToList();
if (single is { } alone)
{
    (trying, since) = (alone, Environment.TickCount64);
    return cases.TrueForAll(Passes) ? 0 : 4;
}

if (IsFoundAlone(-1))
{
    throw new InvalidOperationException("a process of its own fails without a mutant");
}

var covering = Coverage();
var survivors = new List<Mutant>();
var mutants = Mutants().ToList();
foreach (var mutant in mutants)
{
    if (!(covering.TryGetValue(mutant.Id, out var tests) ? IsFound(mutant.Id, tests) : IsFoundAlone(mutant.Id)))
    {
        survivors.Add(mutant);
        Console.WriteLine($"SURVIVED {mutant.File}:{mutant.Line} {mutant.Name} => {mutant.Replacement}");
    }
}

foreach (var file in mutants.GroupBy(mutant => mutant.File).OrderBy(file => file.Key, StringComparer.Ordinal))
{
    Console.WriteLine($"{file.Key}: {file.Count() - file.Count(survivors.Contains)} of {file.Count()}");
}

Console.WriteLine($"{mutants.Count - survivors.Count} of {mutants.Count} killed");
return 0;

// An endless loop cannot be ended: the process ends itself, which counts as found.
void Watch()
{
    for (; ; Thread.Sleep(200))
    {
        if (trying >= 0 && Environment.TickCount64 - since > (single is null ? Limit : 5 * Limit))
        {
            Console.WriteLine($"mutant {trying} does not end: leave it out with Stryker's ignore, or name it");
            Environment.Exit(single is null ? 3 : 4);
        }
    }
}

IEnumerable<(Type Class, MethodInfo Test, object?[] Arguments)> Cases() =>
    from type in Assembly.LoadFrom($"{folder}/GaleraGate.Domain.Tests.dll").GetTypes()
    where rooms.Any(room => type.Namespace == $"GaleraGate.Domain.Tests.{room}")
    // Classes with an argument print what they tried: they are properties.
    where type.GetConstructor(Type.EmptyTypes) is not null
    from test in type.GetMethods()
    // Restarts at each point of each story: ten times the time of all others, and nothing that they do not find.
    where test.Name != "A_daemon_killed_at_any_point_and_restarted_reaches_the_same_end"
    from arguments in ArgumentsOf(test)
    select (type, test, arguments);

static IEnumerable<object?[]> ArgumentsOf(MethodInfo test)
{
    var attributes = test.GetCustomAttributes().ToList();
    bool Has(string name) => attributes.Exists(one => one.GetType().Name == name);
    return Has("TheoryAttribute")
        ? attributes.Where(one => one.GetType().GetMethod("GetData") is not null)
            .SelectMany(one => (IEnumerable<object?[]>)one.GetType().GetMethod("GetData")!.Invoke(one, [test])!)
        : Has("FactAttribute") ? [[]] : [];
}

static bool Passes((Type Class, MethodInfo Test, object?[] Arguments) one)
{
    try
    {
        var given = one.Test.GetParameters()
            .Select((parameter, at) => at < one.Arguments.Length
                ? Converted(one.Arguments[at], parameter.ParameterType)
                : parameter.DefaultValue)
            .ToArray();
        var outcome = one.Test.Invoke(Activator.CreateInstance(one.Class), given);
        (outcome as Task)?.GetAwaiter().GetResult();
        return true;
    }
    catch (TargetInvocationException)
    {
        return false;
    }
}

static object? Converted(object? value, Type type)
{
    var wanted = Nullable.GetUnderlyingType(type) ?? type;
    return value is null || wanted.IsInstanceOfType(value)
        ? value
        : Convert.ChangeType(value, wanted, CultureInfo.InvariantCulture);
}

// Which tests reach which mutant, the quickest first. Every test must pass without a mutant.
Dictionary<int, List<int>> Coverage()
{
    var reached = new Dictionary<int, List<int>>();
    var took = new long[cases.Count];
    for (var at = 0; at < cases.Count; at++)
    {
        Require(Passes(cases[at]), at);
        control.GetMethod("InitCoverage", Statics)?.Invoke(null, null);
        control.GetField("CaptureCoverage", Statics)!.SetValue(null, true);
        var watch = Stopwatch.StartNew();
        Require(Passes(cases[at]), at);
        took[at] = watch.ElapsedTicks;
        var lists = (IEnumerable)control.GetMethod("GetCoverageData", Statics)!.Invoke(null, null)!;
        control.GetField("CaptureCoverage", Statics)!.SetValue(null, false);
        Activate(-1);
        foreach (var id in lists.Cast<IEnumerable>().SelectMany(list => list.Cast<int>()).Distinct())
        {
            (reached.TryGetValue(id, out var tests) ? tests : reached[id] = []).Add(at);
        }
    }

    return reached.ToDictionary(one => one.Key, one => one.Value.OrderBy(at => took[at]).ToList());
}

void Require(bool passes, int at)
{
    if (!passes)
    {
        throw new InvalidOperationException($"{cases[at].Test.Name} fails without a mutant");
    }
}

bool IsFound(int id, List<int> tests)
{
    Activate(id);
    var found = tests.Exists(at =>
    {
        (since, trying) = (Environment.TickCount64, id);
        return !Passes(cases[at]);
    });
    trying = -1;
    Activate(-1);
    return found;
}

bool IsFoundAlone(int id)
{
    string[] own = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
    using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. own, folder, report, $"{id}"])
    {
        RedirectStandardError = true,
    })!;
    _ = process.StandardError.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode != 0;
}

IEnumerable<Mutant> Mutants() =>
    from file in JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("files").EnumerateObject()
    from mutant in file.Value.GetProperty("mutants").EnumerateArray()
    where mutant.GetProperty("status").GetString() is not ("Ignored" or "CompileError")
    select new Mutant(
        int.Parse(mutant.GetProperty("id").GetString()!, CultureInfo.InvariantCulture),
        file.Name.Split("src/Domain/")[^1],
        mutant.GetProperty("location").GetProperty("start").GetProperty("line").GetInt32(),
        mutant.GetProperty("mutatorName").GetString()!,
        mutant.GetProperty("replacement").GetString()!.Split('\n')[0]);

internal sealed record Mutant(int Id, string File, int Line, string Name, string Replacement);
