using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Galera;

/// <summary>How each kind of value is read.</summary>
public sealed class ReadingTests
{
    [Theory]
    [InlineData("ON", true)]
    [InlineData("on", true)]
    [InlineData("1", true)]
    [InlineData("OFF", false)]
    [InlineData("Off", false)]
    [InlineData("0", false)]
    [InlineData("2", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_switch_is_on_or_off_and_anything_else_is_unreadable(string? text, bool? value)
    {
        var reading = Reading.Switch(text);

        Assert.Equal((value, value is not null), (reading.Value, reading.IsReadable));
        Assert.Equal((text is null, text is not null && value is null), (reading.IsMissing, reading.IsUnreadable));
        Assert.Equal((value is true, value is false), (reading.Is(true), reading.Is(false)));
    }

    [Theory]
    [InlineData("0", 0.0)]
    [InlineData("0.25", 0.25)]
    [InlineData("1e-05", 0.00001)]
    [InlineData("0,25", null)]
    [InlineData("NaN", null)]
    [InlineData("Infinity", null)]
    public void A_fraction_is_a_finite_number(string text, double? value) =>
        Assert.Equal(value, Reading.Fraction(text).Value);

    [Theory]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("007", 7UL)]
    [InlineData("18446744073709551616", null)]
    [InlineData("+7", null)]
    [InlineData("7 ", null)]
    [InlineData("1,000", null)]
    public void A_number_is_digits_alone(string text, ulong? value) => Assert.Equal(value, Reading.Digits(text).Value);

    /// <summary>A missing variable is neither on nor off: the rules treat it separately.</summary>
    [Fact]
    public void A_missing_value_equals_nothing()
    {
        foreach (var missing in new[] { Reading.OnlyOn(null), Reading.AnythingButOff(null), Reading.Switch(null) })
        {
            Assert.True(missing.IsMissing);
            Assert.False(missing.IsReadable || missing.Is(true) || missing.Is(false));
            Assert.Null(missing.Value);
        }
    }

    [Fact]
    public void A_value_is_cut_only_when_it_is_longer_than_the_limit()
    {
        var longest = new string('x', ObservedVariable.MaxValueLength);

        Assert.Equal(longest, Given.Node(("wsrep_sst_method", longest)).SstMethod);
        Assert.Equal(longest + "…", Given.Node(("wsrep_sst_method", longest + "y")).SstMethod);
    }

    [Fact]
    public void Methods_are_a_set_of_exact_names()
    {
        var methods = SstMethods.Parse(" xtrabackup-v2, ,clone");

        Assert.Equal(new SstMethods(["clone", "xtrabackup-v2"]), methods);
        Assert.Equal(new SstMethods(["clone", "xtrabackup-v2"]).GetHashCode(), methods.GetHashCode());
        Assert.NotEqual(SstMethods.Default, methods);
        Assert.False(methods.Equals(null));
        Assert.True(methods.Contain("clone"));
        Assert.False(methods.Contain("Clone") || methods.Contain("") || methods.Contain(null));
    }
}
