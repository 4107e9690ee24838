// Tries the mutants of one mutated assembly with the tests beside it. Stryker compiles all mutants into one file, and a
// field selects the active one. Tests stay loaded, so a mutant takes milliseconds instead of the seconds that a new
// test host needs. Mutants in static fields work only from the start: each gets its own process.
// dotnet run eng/stryker.cs -- PROJECT FOLDER REPORT: Domain or Infrastructure, the folder of its tests, and Stryker's
// mutation-report.json. Prints what survived, and the score of each file.
using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

const int Limit = 20_000; // milliseconds that a test may take before its mutant counts as found
const int Slow = 2_000; // milliseconds; a test that takes longer without a mutant is left out if another is quicker
const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
var (project, folder, report) = (args[0], Path.GetFullPath(args[1]), args[2]);
var single = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : (int?)null;
string[] rooms = project == "Domain"
    ? ["Galera", "Gate", "Scenarios", "Acceptance", "Audit", "Events"]
    : ["Journal", "Json"];
AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", folder + "/");
var control = Assembly.LoadFrom($"{folder}/GaleraGate.{project}.dll").GetTypes().Single(t => t.Name == "MutantControl");
void Activate(int mutant) => control.GetField("ActiveMutant", Statics)!.SetValue(null, mutant);
Activate(single ?? -1);

var cases = Cases().ToList();
if (single is not null)
{
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
    var isFound = covering.TryGetValue(mutant.Id, out var tests)
        && (tests.Count > 0 ? IsFound(mutant.Id, tests) : IsFoundAlone(mutant.Id));
    if (!isFound)
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

IEnumerable<(Type Class, MethodInfo Test, object?[] Arguments)> Cases() =>
    from type in Assembly.LoadFrom($"{folder}/GaleraGate.{project}.Tests.dll").GetTypes()
    where rooms.Any(room => type.Namespace == $"GaleraGate.{project}.Tests.{room}")
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

// An endless loop counts as found. It goes on beside the next mutant, with correct code, and then mostly ends.
bool Passes((Type Class, MethodInfo Test, object?[] Arguments) one)
{
    var run = Task.Run(() => Succeeds(one));
    return run.Wait(single is null ? Limit : 5 * Limit) && run.Result;
}

static bool Succeeds((Type Class, MethodInfo Test, object?[] Arguments) one)
{
    try
    {
        var given = one.Test.GetParameters()
            .Select((parameter, at) => at < one.Arguments.Length
                ? Converted(one.Arguments[at], parameter.ParameterType)
                : parameter.DefaultValue)
            .ToArray();
        var instance = Activator.CreateInstance(one.Class);
        using var disposed = instance as IDisposable;
        var outcome = one.Test.Invoke(instance, given);
        (outcome as Task)?.GetAwaiter().GetResult();
        return true;
    }
    catch (Exception)
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

// Which tests reach which mutant, the quickest first; no test if it is reached only the first time that code runs, as a
// static field's is. Every test must pass without a mutant.
Dictionary<int, List<int>> Coverage()
{
    var reached = new Dictionary<int, List<int>>();
    var took = new long[cases.Count];
    for (var at = 0; at < cases.Count; at++)
    {
        foreach (var id in Reached(at))
        {
            _ = reached.TryAdd(id, []);
        }

        var watch = Stopwatch.StartNew();
        var again = Reached(at);
        took[at] = watch.ElapsedMilliseconds;
        again.ForEach(id => (reached.TryGetValue(id, out var tests) ? tests : reached[id] = []).Add(at));
    }

    return reached.ToDictionary(one => one.Key, one => Quick(one.Value));

    List<int> Quick(List<int> tests) =>
        [.. tests.OrderBy(at => took[at]).Where((at, place) => place == 0 || took[at] < Slow)];
}

List<int> Reached(int at)
{
    control.GetMethod("InitCoverage", Statics)?.Invoke(null, null);
    control.GetField("CaptureCoverage", Statics)!.SetValue(null, true);
    if (!Passes(cases[at]))
    {
        throw new InvalidOperationException($"{cases[at].Test.Name} fails without a mutant");
    }

    var lists = (IEnumerable)control.GetMethod("GetCoverageData", Statics)!.Invoke(null, null)!;
    control.GetField("CaptureCoverage", Statics)!.SetValue(null, false);
    Activate(-1);
    return [.. lists.Cast<IEnumerable>().SelectMany(list => list.Cast<int>()).Distinct()];
}

bool IsFound(int id, List<int> tests)
{
    Activate(id);
    var found = tests.Exists(at => !Passes(cases[at]));
    Activate(-1);
    return found;
}

bool IsFoundAlone(int id)
{
    string[] own = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
    string[] arguments = [.. own, project, folder, report, $"{id}"];
    using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments)
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
        file.Name.Split($"src/{project}/")[^1],
        mutant.GetProperty("location").GetProperty("start").GetProperty("line").GetInt32(),
        mutant.GetProperty("mutatorName").GetString()!,
        mutant.GetProperty("replacement").GetString()!.Split('\n')[0]);

internal sealed record Mutant(int Id, string File, int Line, string Name, string Replacement);
