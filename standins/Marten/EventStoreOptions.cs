using JasperFx.Events;

namespace Marten.Events;

/// <summary>How events are stored.</summary>
public sealed class EventStoreOptions
{
    private readonly Dictionary<Type, string> _names = [];

    /// <summary>The stand-in stores streams under names alone.</summary>
    public StreamIdentity StreamIdentity { get; set; } = StreamIdentity.AsGuid;

    public string? DatabaseSchemaName { get; set; }

    public MetadataConfig MetadataConfig { get; } = new();

    /// <summary>Stores events of a type under this name.</summary>
    public void MapEventType<T>(string eventTypeName)
        where T : class => _names[typeof(T)] = eventTypeName;

    internal string NameOf(Type type) => _names.TryGetValue(type, out var name) ? name : SnakeCase(type.Name);

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}

/// <summary>Which optional columns the events have.</summary>
public sealed class MetadataConfig
{
    public bool HeadersEnabled { get; set; }
}
