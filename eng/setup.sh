#!/usr/bin/env bash
# Asks the package registry which of the packages it has, by restoring a project that references them as the program does. One that is missing means
# stand-ins for all: the answer goes to eng/packages.props, which git does not track. The user's own NuGet configuration is honoured.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(Stateless MySqlConnector CliWrap Marten)
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
real=() missing=()
for package in "${packages[@]}"; do
    version=$(sed -n "s/.*PackageVersion Include=\"$package\" Version=\"\([^\"]*\)\".*/\1/p" Directory.Packages.props)
    cat > "$probe/probe.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="$package" Version="[$version]" /></ItemGroup>
</Project>
PROJECT
    if dotnet restore "$probe/probe.csproj" --nologo -v quiet > /dev/null 2>&1; then real+=("$package $version"); else missing+=("$package"); fi
done

standins=$([ ${#missing[@]} -eq 0 ] && echo false || echo true)
printf '<Project>\n  <PropertyGroup>\n    <StandIns>%s</StandIns>\n  </PropertyGroup>\n</Project>\n' "$standins" > eng/packages.props
join() { local IFS=,; echo "${*:-none}"; }
echo "the registry has: $(join "${real[@]}"); it lacks: $(join "${missing[@]}"); built with $([ $standins = true ] && echo "the stand-ins for all" || echo "the real packages")"
