using System.CommandLine;
using System.Text.Json;

namespace GaleraGate.Daemon.Options;

/// <summary>Shows the settings in force, and checks a configuration file before it is used.</summary>
internal static class ConfigCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "print the options as JSON: name, value, source" };
        var command = new Command(
            "config", "Show every option in force, its value, and what set it: option, environment, file or default")
        {
            Check(),
        };
        var settings = Settings.For(command, OptionTable.All);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var inForce = settings.With(parsed);
            var values = inForce.Values.ToList();
            _ = inForce.Policy();
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json(values));
                return;
            }

            var (nameWidth, valueWidth) = (
                values.Max(entry => entry.Row.Name.Length),
                values.Max(entry => entry.Row.Show(entry.Value.Text).Length));
            foreach (var (row, value) in values)
            {
                Console.WriteLine(
                    $"{row.Name.PadRight(nameWidth)}  {row.Show(value.Text).PadRight(valueWidth)}  {value.Source}");
            }
        });
        return command;
    }

    private static Command Check()
    {
        var file = new Argument<string>("FILE") { Description = "the configuration file to check" };
        var command = new Command(
            "check", "Check a configuration file: exit 0 if every line of it can be used, else 2 and what is wrong")
        {
            file,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            var options = ConfigFile.Read(path, warns: twice => throw new FormatException(twice));
            foreach (var (name, (value, where)) in options)
            {
                var row = OptionTable.All.First(row => row.Name == name);
                foreach (var part in row.IsList ? value.Split(',', StringSplitOptions.TrimEntries) : [value])
                {
                    if (row.Wrong(part) is { } wrong)
                    {
                        throw new FormatException($"{where}: {name}: {wrong}");
                    }
                }
            }

            _ = Domain.Gate.Policy.Create(options.ToDictionary(option => option.Key, option => option.Value.Value));
            Console.WriteLine($"{path}: {options.Count} option{(options.Count == 1 ? "" : "s")}, OK");
        });
        return command;
    }

    private static string Json(IEnumerable<(OptionRow Row, OptionValue Value)> values)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var (row, value) in values)
            {
                writer.WriteStartObject();
                writer.WriteString("name", row.Name);
                writer.WriteString("value", row.Show(value.Text));
                writer.WriteString("source", value.Source);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
